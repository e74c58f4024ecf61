package main

import (
	"errors"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/privilege"
)

type execCmd struct {
	Name name.Path `arg:"" help:"Name of the group."`
	reportFlag
	Next []string `arg:"" optional:"" passthrough:"partial" help:"The next link of the chain, or the command ($$SHELL)."`
}

// Help is the example under the verb's usage.
func (execCmd) Help() string {
	return "The group is joined by the last link of the chain, right before the command: no tool of the chain is charged to it. With --report it is time(1) for a whole tree of processes.\n\nExample:\n\n    mc-cgroup exec host-1 -- stress-ng --vm 1 --timeout 5"
}

// Run promises to join the group, and becomes the next program.
func (c *execCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	if _, err := env.Link().Prepare(c.Next); err != nil {
		return err
	}
	return c.join(env, g, c.Next)
}

// join becomes the next program, with the promise to join the group, or its
// supervisor.
func (r reportFlag) join(env *cli.Env, g *cgroup.Group, next []string) error {
	if r.DieWithParent && !r.Report {
		return errors.New("--die-with-parent: needs a supervisor, which only --report has")
	}
	if r.Report && !env.Explains() {
		return r.supervised(env, g, next)
	}
	if env.Explains() {
		return r.explain(env, g, next)
	}
	plan, promises := g.Join()
	if err := env.Run(plan); err != nil {
		return err
	}
	return env.Link().Next(next, *promises...)
}

// explain says how the group is joined.
func (r reportFlag) explain(env *cli.Env, g *cgroup.Group, next []string) error {
	script, err := env.Script()
	if err != nil {
		return err
	}
	if err := g.Explain(script); err != nil {
		return err
	}
	if r.Report {
		if err := script.Say("# --report: the figures are in the group's files when the command has ended (man 7 cgroups)."); err != nil {
			return err
		}
	}
	return script.Next(next, privilege.Here)
}
