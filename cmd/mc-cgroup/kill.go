package main

import (
	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

type killCmd struct {
	Name   name.Path     `arg:"" help:"Name of the group."`
	Signal cgroup.Signal `short:"s" default:"KILL" placeholder:"SIGNAL" help:"The signal, by name or number (${default})."`
}

// Help is the example under the verb's usage.
func (killCmd) Help() string {
	return "After KILL it waits until the group is empty.\n\nExample:\n\n    mc-cgroup kill host-1 --signal TERM"
}

// Run signals the group's processes.
func (c *killCmd) Run(env *cli.Env, all *commands) error {
	return all.change(env, c.Name, func(g *cgroup.Group) step.List { return g.Kill(c.Signal.Number()) })
}
