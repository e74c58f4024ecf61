package main

import (
	"strings"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
)

type lsCmd struct {
	Quiet bool `short:"q" help:"Names only."`
}

// Help is the example under the verb's usage.
func (lsCmd) Help() string {
	return "Example:\n\n    mc-cgroup ls | awk '{ print $1, $2 }'"
}

// Run lists the groups, one a line.
func (c *lsCmd) Run(env *cli.Env, all *commands) error {
	names, err := cgroup.List(string(all.Parent))
	if err != nil {
		return err
	}
	states := []*cgroup.State{}
	var text strings.Builder
	if !c.Quiet && len(names) > 0 {
		text.WriteString(cgroup.Heading())
	}
	for _, n := range names {
		g, err := all.open(n)
		if err != nil {
			return err
		}
		state, err := g.Show()
		if err != nil && !g.Exists() {
			continue // it went away meanwhile
		}
		if err != nil {
			return err
		}
		states = append(states, state)
		if c.Quiet {
			text.WriteString(state.Name + "\n")
		} else {
			text.WriteString(state.Row())
		}
	}
	return env.Print(text.String(), states)
}
