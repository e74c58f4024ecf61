package main

import (
	"os"

	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/network"
	"mini-container/lib/owner"
)

type downCmd struct {
	Name   name.Name         `arg:"" help:"Name of the container."`
	Ifname network.Interface `placeholder:"LINK" help:"Only this one of several interfaces."`
	Owner  owner.Owner       `placeholder:"PID" help:"Only if it belongs to this process (see up)."`
	Wait   bool              `help:"Return when the kernel has destroyed the links, some 0.1 s later."`
}

func (c *downCmd) Help() string {
	return `Name and address are free at once, even if a process still lives in the namespace. The kernel destroys the links a moment later, and the bridge goes half a second after its last container, if no other has come. A namespace or a bridge that somebody else made stays. What is gone already is no error.

Example:

    mc-net down host-1`
}

// Run removes the network.
func (c *downCmd) Run(env *cli.Env) error {
	unlock, err := lock(env)
	if err != nil {
		return err
	}
	defer unlock()
	removal := network.Removal{Name: c.Name, Ifname: c.Ifname, Owner: c.Owner, Wait: c.Wait}
	if self, err := os.Executable(); err == nil {
		removal.Sweeper = []string{self, "gc", "--after", linger.String()}
	}
	plan, err := network.Down(removal)
	if err != nil {
		return err
	}
	defer plan.Close()
	return env.Run(plan.Steps)
}
