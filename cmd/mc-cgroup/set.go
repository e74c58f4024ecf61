package main

import (
	"errors"
	"fmt"

	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type setCmd struct {
	Name name.Name `arg:"" help:"Name of the group."`
	limitFlags
}

// Help is the example under the verb's usage.
func (setCmd) Help() string {
	return "Example:\n\n    mc-cgroup set host-1 --memory-max 64M --cpu-max 50%"
}

// Run changes the limits that are given, all or none.
func (c *setCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	if c.limitFlags == (limitFlags{}) {
		return errors.New("set: no limit is given")
	}
	if !g.Exists() {
		return fmt.Errorf("%s: no such group (%s)", c.Name, g.Path())
	}
	limits, err := g.Set(c.limits())
	if err != nil {
		return err
	}
	if err := env.Run(append(g.Enable(c.limits()), limits...)); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	c.warn(env, g)
	return env.Print("", shown{g})
}
