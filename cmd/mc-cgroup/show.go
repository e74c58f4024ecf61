package main

import (
	"errors"
	"fmt"
	"strings"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

type showCmd struct {
	Name      name.Path `arg:"" optional:"" help:"Name of the group."`
	PID       cli.PID   `name:"pid" placeholder:"PID" help:"Show the group in which this process is, whoever has made it."`
	AsArgs    bool      `xor:"form" help:"Print the mc-cgroup create that would make a group with its limits, and with --pid as comments what that cannot say."`
	Pids      bool      `xor:"form" help:"Its processes only, a number a line, as a script takes them."`
	Effective bool      `help:"What holds the group back in each resource: its own limit, that of a group above, or the host; how much is left, and who shares it."`
}

// Help is the example under the verb's usage.
func (showCmd) Help() string {
	return "Says in words what the group may have, has and has had, how long its processes waited for memory, a processor or a disk, and what has happened to them.\n\nExample:\n\n    mc-cgroup show host-1 --json | jq .memory_peak\n    mc-cgroup show host-1 --as-args\n    mc-cgroup show --pid 4711 --as-args"
}

// Run shows the group.
func (c *showCmd) Run(env *cli.Env, all *commands) error {
	g, err := c.group(all)
	if err != nil {
		return err
	}
	if c.AsArgs && c.PID != 0 {
		d, err := g.Describe()
		if err != nil {
			return err
		}
		return env.Print(d.Text(), d)
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

// group is that of the name, or that of the process.
func (c *showCmd) group(all *commands) (*cgroup.Group, error) {
	switch {
	case (c.Name == "") == (c.PID == 0):
		return nil, errors.New("needs the NAME of a group, or --pid PID, and not both")
	case c.PID != 0:
		return cgroup.OfProcess(int(c.PID), string(all.Parent))
	}
	return all.open(c.Name)
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
