package main

import (
	"path"
	"strings"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
)

type lsCmd struct {
	Quiet bool `short:"q" help:"Names only."`
	Tree  bool `help:"Each group below the one that it is in, by its last name alone."`
}

// Help is the example under the verb's usage.
func (lsCmd) Help() string {
	return "Columns with blanks between them, as awk(1) takes them.\n\nExample:\n\n    mc-cgroup ls --tree\n    mc-cgroup ls | awk '{ print $1, $2 }'"
}

// Run lists the groups, one a line.
func (c *lsCmd) Run(env *cli.Env, all *commands) error {
	names, err := cgroup.List(string(all.Parent))
	if err != nil {
		return err
	}
	states := []*cgroup.State{}
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
	}
	return env.Print(c.text(states), states)
}

// text is a line for each, below a heading.
func (c *lsCmd) text(states []*cgroup.State) string {
	var text strings.Builder
	if !c.Quiet && len(states) > 0 {
		text.WriteString(cgroup.Heading())
	}
	for _, s := range states {
		as := s.Name
		if c.Tree {
			as = strings.Repeat("  ", strings.Count(s.Name, "/")) + path.Base(s.Name)
		}
		if c.Quiet {
			text.WriteString(as + "\n")
		} else {
			text.WriteString(s.Row(as))
		}
	}
	return text.String()
}
