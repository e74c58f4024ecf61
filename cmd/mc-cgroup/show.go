package main

import (
	"fmt"
	"strings"

	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type showCmd struct {
	Name name.Name `arg:"" help:"Name of the group."`
	Pids bool      `help:"Its processes only, a number a line, as a script takes them."`
}

// Help is the example under the verb's usage.
func (showCmd) Help() string {
	return "Says in words what the group may have, has and has had, how long its processes waited for memory, a processor or a disk, and what has happened to them.\n\nExample:\n\n    mc-cgroup show host-1 --json | jq .memory_peak"
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
	if c.Pids {
		var text strings.Builder
		for _, pid := range state.Processes {
			fmt.Fprintln(&text, pid)
		}
		return env.Print(text.String(), state.Processes)
	}
	return env.Print(state.Text(), state)
}
