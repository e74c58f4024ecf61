package main

import (
	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

type freezeCmd struct {
	Name name.Path `arg:"" help:"Name of the group."`
}

// Help is the example under the verb's usage.
func (freezeCmd) Help() string {
	return "When it returns all of them stand, and take no processor time until thaw. They can be killed all the same.\n\nExample:\n\n    mc-cgroup freeze host-1 && cp -a /srv/data /backup; mc-cgroup thaw host-1"
}

// Run stops the group's processes.
func (c *freezeCmd) Run(env *cli.Env, all *commands) error {
	return all.change(env, c.Name, (*cgroup.Group).Freeze)
}

type thawCmd struct {
	Name name.Path `arg:"" help:"Name of the group."`
}

// Help is the example under the verb's usage.
func (thawCmd) Help() string {
	return "Example:\n\n    mc-cgroup thaw host-1"
}

// Run lets the group's processes go on.
func (c *thawCmd) Run(env *cli.Env, all *commands) error {
	return all.change(env, c.Name, (*cgroup.Group).Thaw)
}

// change does the plan in a group that is there.
func (all *commands) change(env *cli.Env, n name.Path, plan func(*cgroup.Group) step.List) error {
	g, err := all.existing(n)
	if err != nil {
		return err
	}
	return env.Run(plan(g))
}
