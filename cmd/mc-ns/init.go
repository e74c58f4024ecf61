package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
	"mini-container/lib/privilege"
	"mini-container/lib/supervise"
)

type initCmd struct {
	Next []string `arg:"" optional:"" passthrough:"partial" help:"The command ($$SHELL)."`
}

// Help is the example under the verb's usage.
func (initCmd) Help() string {
	return "The last link of a chain: it hands signals on to the command, inherits its orphans, and ends with it. It is in none of the groups that the command joins. In a root of its own, mc-rootfs pivot --init does the same.\n\nExample:\n\n    mc-ns run --pid -- mc-ns init -- ./command-that-does-not-reap"
}

// Run starts the command, and stays.
func (c *initCmd) Run(env *cli.Env) error {
	if env.Explains() {
		return c.explain(env)
	}
	program, err := env.Link().Prepare(c.Next)
	if err != nil {
		return err
	}
	supervisor, err := supervise.New(false)
	if err != nil {
		return err
	}
	child, err := namespace.Init(program)
	if err != nil {
		return err
	}
	return cli.Ended(supervisor.Wait(child))
}

func (c *initCmd) explain(env *cli.Env) error {
	script, err := env.Script()
	if err != nil {
		return err
	}
	if err := script.Say("# mc-ns init: util-linux has no process 1 that reaps orphans: the command is process 1 itself."); err != nil {
		return err
	}
	return script.Next(c.Next, privilege.Here)
}
