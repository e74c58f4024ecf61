package main

import (
	"cmp"
	"errors"
	"fmt"

	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
	"mini-container/lib/privilege"
	"mini-container/lib/supervise"
)

// tools runs a command of the host's among its tools, with the process's
// namespaces around it.
func (c *enterCmd) tools(env *cli.Env) error {
	if c.User != "" || c.GroupAdd != nil || c.CapAdd != 0 || c.CapDrop != 0 || c.Confine {
		return errors.New("--tools: the command keeps the caller's user and capabilities, which shut the container's processes out: it takes no --user, --group-add, --cap-add, --cap-drop, --confine")
	}
	target, err := namespace.Open(int(c.PID))
	if err != nil {
		return err
	}
	promises, err := c.trusted(target)
	if err != nil {
		return err
	}
	supervisor, err := supervise.New(false)
	if err != nil {
		return err
	}
	home, err := target.LeavingTools()
	if err != nil {
		return err
	}
	child, err := c.among(env, target, promises)
	if err != nil {
		return err // the end of this process is the way back
	}
	if err := home.Return(); err != nil {
		return err
	}
	return cli.Ended(supervisor.Wait(child))
}

// trusted are the privileges of a command that only the host's programs are
// part of. What it has more than the process is what keeps those beside it from
// looking into it (ptrace(2)): its root is the host's.
func (c *enterCmd) trusted(target *namespace.Target) ([]chain.Promise, error) {
	theirs, err := privilege.Of(int(c.PID))
	if err != nil {
		return nil, err
	}
	if !target.OwnUser() && theirs.Traces {
		return nil, fmt.Errorf("%d: may come to have CAP_SYS_PTRACE, with which it could take over what --tools starts beside it, and the host with that: 'nsenter --target %d --net' and the like enter less", c.PID, c.PID)
	}
	has := privilege.Running{}
	has.Proc = true
	has.Workdir = cmp.Or(c.Workdir, namespace.Seen)
	return c.changed(has)
}

func (c *enterCmd) among(env *cli.Env, target *namespace.Target, promises []chain.Promise) (*supervise.Child, error) {
	if err := env.Run(target.ToolSteps()); err != nil {
		return nil, err
	}
	next := c.Next
	if shell := chain.Lookup(env.Environ, "SHELL"); len(next) == 0 && shell != "" {
		next = []string{shell}
	}
	link := chain.Link{Tool: env.Tool, Environ: chain.Clean(env.Environ, c.Env...), Trace: env.Trace, Inside: true}
	program, err := link.Prepare(next, promises...)
	if err != nil {
		return nil, err
	}
	return target.Start(program, nil)
}
