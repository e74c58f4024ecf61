package main

import (
	"errors"

	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/owner"
)

type runCmd struct {
	Name  name.Path   `arg:"" help:"Name of the group."`
	Owner owner.Owner `placeholder:"PID" help:"The group belongs to this process (see create)."`
	makerFlags
	reportFlag
	Next []string `arg:"" optional:"" passthrough:"partial" help:"The next link of the chain, or the command ($$SHELL)."`
}

// Help is the example under the verb's usage.
func (runCmd) Help() string {
	return "It is create and exec in one. The group stays when the command has ended: delete removes it.\n\nExample:\n\n    mc-cgroup run host-1 --memory-max 10M --swap-max 0 -- ./hungry"
}

// Run makes the group, promises to join it, and becomes the next program. When
// that cannot be, there is no group either.
func (c *runCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	if _, err := env.Link().Prepare(c.Next); err != nil {
		return err
	}
	if err := makeGroup(env, g, c.makerFlags, c.Owner); err != nil {
		return err
	}
	err = c.join(env, g, c.Next)
	if err != nil && !errors.As(err, new(cli.Exit)) { // it has not run
		return errors.Join(err, g.Leave(), (&deleteCmd{Name: c.Name}).Run(env, all))
	}
	return err
}
