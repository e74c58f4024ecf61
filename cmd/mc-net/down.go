package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/network"
)

type downCmd struct {
	Name name.Name `arg:"" help:"Name of the container."`
}

func (c *downCmd) Help() string {
	return `Name and address are free at once, even if a process still lives in the namespace; the bridge goes with its last container. A namespace or a bridge that somebody else made stays. What is gone already is no error.

Example:

  $ mc-net down host-1`
}

// Run removes the network.
func (c *downCmd) Run(env *cli.Env) error {
	unlock, err := lock(env)
	if err != nil {
		return err
	}
	defer unlock()
	plan, err := network.Down(c.Name)
	if err != nil {
		return err
	}
	defer plan.Close()
	return env.Run(plan.Steps)
}
