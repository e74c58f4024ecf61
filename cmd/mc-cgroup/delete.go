package main

import (
	"fmt"

	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/owner"
	"mini-container/lib/step"
)

type deleteCmd struct {
	Name  name.Path   `arg:"" help:"Name of the group."`
	Owner owner.Owner `placeholder:"PID" help:"Only if it belongs to this process (see create)."`
	Kill  bool        `help:"Kill the processes that are in it."`

	Story     string `placeholder:"WHO" help:"Say on stderr, as WHO, which processes were killed for want of memory."`
	Recursive bool   `short:"r" help:"With the groups below it."`
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
	unlock, err := lock(env, g)
	if err != nil {
		return err
	}
	defer unlock()
	// What is half-made has no owner yet: its maker, who would hold the lock, was
	// killed.
	if c.Owner != (owner.Owner{}) && g.Exists() && !g.Half() {
		if its, err := g.Owner(); err != nil || its != c.Owner {
			return err // none: its own is gone, and this is another
		}
	}
	if !c.Recursive {
		if err := g.Childless(); err != nil {
			return err
		}
	}
	if c.Story != "" && !env.Explains() {
		for _, line := range g.Story() {
			fmt.Fprintf(env.Stderr, "%s: %s\n", c.Story, line)
		}
	}
	var plan step.List
	if c.Kill {
		plan = g.End()
	}
	return env.Run(append(plan, g.Remove()...))
}
