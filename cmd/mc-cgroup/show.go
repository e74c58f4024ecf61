package main

import (
	"fmt"
	"strings"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

type showCmd struct {
	Name      name.Path `arg:"" help:"Name of the group."`
	AsArgs    bool      `xor:"form" help:"Print the mc-cgroup create that would make a group with its limits."`
	Pids      bool      `xor:"form" help:"Its processes only, a number a line, as a script takes them."`
	Effective bool      `help:"What holds the group back in each resource: its own limit, that of a group above, or the host; how much is left, and who shares it."`
}

// Help is the example under the verb's usage.
func (showCmd) Help() string {
	return "Says in words what the group may have, has and has had, how long its processes waited for memory, a processor or a disk, and what has happened to them.\n\nExample:\n\n    mc-cgroup show host-1 --json | jq .memory_peak\n    mc-cgroup show host-1 --as-args"
}

// Run shows the group.
func (c *showCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	if c.Effective {
		return showBounds(env, g)
	}
	state, err := g.Show()
	if err != nil {
		return err
	}
	if c.AsArgs {
		args := state.Args()
		return env.Print(step.Say(args...)+"\n", args)
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

// showBounds says what holds the group back, a line for each resource.
func showBounds(env *cli.Env, g *cgroup.Group) error {
	bounds, err := g.Effective()
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, b := range bounds {
		text.WriteString(b.Text())
	}
	return env.Print(text.String(), bounds)
}
