package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type showCmd struct {
	Name name.Name `arg:"" help:"Name of the group."`
}

// Help is the example under the verb's usage.
func (showCmd) Help() string {
	return "Example:\n\n    mc-cgroup show host-1 --json | jq .memory_peak"
}

// Run shows the group.
func (c *showCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	state, err := g.Show()
	if err != nil {
		return err
	}
	return env.Print(state.Text(), state)
}
