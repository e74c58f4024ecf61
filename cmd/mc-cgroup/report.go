package main

import (
	"fmt"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/supervise"
)

// reportFlag makes a verb stay until its command has ended.
type reportFlag struct {
	Report        bool `help:"Stay outside as the command's supervisor, and say at its end what all of its processes have taken."`
	DieWithParent bool `help:"With --report: end when the caller ends, and the command with it."`
}

// supervised starts the next program in the group, and reports when it has
// ended.
func (r reportFlag) supervised(env *cli.Env, g *cgroup.Group, next []string) error {
	plan, promises := g.Join()
	if err := env.Run(plan); err != nil {
		return err
	}
	program, err := env.Link().Prepare(next, *promises...)
	if err != nil {
		return err
	}
	meter, err := g.Meter(program)
	if err != nil {
		return err
	}
	supervisor, err := supervise.New(r.DieWithParent)
	if err != nil {
		return err
	}
	witness := cgroup.Attend(program.Promises)
	if witness != nil {
		supervisor.Beside, supervisor.Dying = witness.Watch, witness.Dying
	}
	child, err := cgroup.Start(program)
	if err != nil {
		return err
	}
	status, err := supervisor.Wait(child)
	witness.Ended()
	say(env, g, meter)
	return cli.Ended(status, err)
}

// say says the line at the end. The command has run, and its status is kept
// whatever comes of that.
func say(env *cli.Env, g *cgroup.Group, meter *cgroup.Meter) {
	text := ""
	report, err := meter.Report()
	if err == nil {
		text = report.Text(g)
	} else {
		text = fmt.Sprintf("no report: %v", err)
	}
	fmt.Fprintf(env.Stderr, "%s: %s\n", env.Tool, text)
}
