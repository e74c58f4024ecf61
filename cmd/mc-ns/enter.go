package main

import (
	"errors"

	"mini-container/lib/cgroup"
	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
	"mini-container/lib/privilege"
	"mini-container/lib/supervise"
)

type enterCmd struct {
	PID cli.PID `arg:"" name:"pid" help:"Process number, as seen from here."`

	Env     []chain.Variable `short:"e" sep:"none" placeholder:"K=V" help:"Set an environment variable; K alone takes the caller's value."`
	Workdir string           `short:"w" placeholder:"DIR" help:"Working directory inside (/, with --tools /mnt)."`
	Tools   bool             `help:"Run a command of the host's ($$SHELL) among the host's tools, in all of the process's namespaces but that of its user: / is the host's, read-only, and the process's root is at /mnt."`

	privileges `group:"The command's privileges:"`

	Next []string `arg:"" optional:"" passthrough:"partial" help:"The command (/bin/sh), found in the process's root."`
}

// Help is the example under the verb's usage.
func (enterCmd) Help() string {
	return "The command gets the process's namespaces, root, group, user and privileges, and a clean environment. It is looked up in that root. Where the system calls of the process are filtered, those of the command are by docker's profile.\n\nWith --tools the command has the caller's privileges and is in the caller's groups: the host's tools look at a container that has none, and nothing of its own is run. Its mounts stay as they are.\n\nExample:\n\n    mc-ns enter 4711 -- ps\n    mc-ns enter 4711 --tools -- ls -l /mnt/etc"
}

// Run starts the command beside the process, and supervises it.
func (c *enterCmd) Run(env *cli.Env) error {
	if err := explained(env, "enter"); err != nil {
		return err
	}
	if c.Tools {
		return c.tools(env)
	}
	if c.Confine {
		return errors.New("--confine: the command is as confined as the process is; --cap-drop takes more")
	}
	target, err := namespace.Open(int(c.PID))
	if err != nil {
		return err
	}
	place, err := cgroup.Of(int(c.PID))
	if err != nil {
		return err
	}
	defer place.Close()
	promises, err := c.like(target)
	if err != nil {
		return err
	}
	supervisor, err := supervise.New(false)
	if err != nil {
		return err
	}
	child, err := c.start(env, target, place, promises)
	if err != nil {
		return err
	}
	return cli.Ended(supervisor.Wait(child))
}

// like is what the process may do: no more is given to a command in its root,
// whose programs are the process's own.
func (c *enterCmd) like(target *namespace.Target) ([]chain.Promise, error) {
	has, err := privilege.Of(int(c.PID))
	if err != nil {
		return nil, err
	}
	if has.UserNS, err = target.UserNS(); err != nil {
		return nil, err
	}
	has.Workdir = c.Workdir
	return c.changed(has)
}

// start takes the thread into the target's groups and namespaces, forks there,
// and comes back by the same way.
func (c *enterCmd) start(env *cli.Env, target *namespace.Target, place *cgroup.Place, promises []chain.Promise) (*supervise.Child, error) {
	home, err := target.Leaving()
	if err != nil {
		return nil, err
	}
	leave, err := place.EnterThread()
	if err != nil {
		return nil, err
	}
	child, err := c.fork(env, target, place, promises)
	if err != nil {
		return nil, err // the end of this process is the way back
	}
	return child, errors.Join(home.Return(), leave())
}

func (c *enterCmd) fork(env *cli.Env, target *namespace.Target, place *cgroup.Place, promises []chain.Promise) (*supervise.Child, error) {
	if err := env.Run(target.Steps()); err != nil {
		return nil, err
	}
	// Only now is the command looked up: the paths are the target's.
	link := chain.Link{Tool: env.Tool, Environ: chain.Clean(env.Environ, c.Env...), Trace: env.Trace, Inside: true}
	program, err := link.Prepare(c.Next, promises...)
	if err != nil {
		return nil, err
	}
	return target.Start(program, place.Unified())
}
