package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

type deleteCmd struct {
	Name name.Name `arg:"" help:"Name of the group."`
	Kill bool      `help:"Kill the processes that are in it."`
}

// Help is the example under the verb's usage.
func (deleteCmd) Help() string {
	return "A group that is gone already is no error.\n\nExample:\n\n    mc-cgroup delete --kill host-1"
}

// Run removes the group and the groups below it.
func (c *deleteCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	var plan step.List
	if c.Kill {
		plan = g.End()
	}
	return env.Run(append(plan, g.Remove()...))
}
