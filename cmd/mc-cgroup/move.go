package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

type moveCmd struct {
	Name name.Path `arg:"" help:"Name of the group."`
	PIDs []cli.PID `arg:"" name:"pid" help:"Process numbers, as seen from here."`
}

// Help is the example under the verb's usage.
func (moveCmd) Help() string {
	return "A process moves with all of its threads, and without those that it has started. The memory that it has already stays charged to the group that it comes from. All move, or none.\n\nExample:\n\n    mc-cgroup move build $(pidof make)"
}

// Run moves running processes into the group.
func (c *moveCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.existing(c.Name)
	if err != nil {
		return err
	}
	var plan step.List
	for _, pid := range c.PIDs {
		plan = append(plan, g.Move(int(pid))...)
	}
	return env.Run(plan)
}
