package main

import (
	"errors"
	"os"

	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
)

type runCmd struct {
	Mount  bool    `short:"m" help:"New mount namespace."`
	UTS    bool    `name:"uts" short:"u" help:"New UTS namespace: host and domain name."`
	IPC    bool    `name:"ipc" short:"i" help:"New IPC namespace."`
	PID    bool    `name:"pid" short:"p" help:"New PID namespace: the command is process 1."`
	Net    netFlag `short:"n" placeholder:"NAME|PATH" help:"New network namespace, or that of a name or a file."`
	Cgroup bool    `short:"C" help:"New cgroup namespace."`
	User   bool    `short:"U" help:"New user namespace: root inside is the caller outside."`
	Time   bool    `short:"T" help:"New time namespace."`

	Hostname      string `placeholder:"NAME" help:"Set the host name (with --uts)."`
	Domainname    string `placeholder:"NAME" help:"Set the NIS domain name (with --uts)."`
	Propagation   string `default:"private" enum:"private,slave,shared,unchanged" placeholder:"MODE" help:"How mounts travel: ${enum} (${default})."`
	DieWithParent bool   `help:"End when the caller ends, and the container with it."`

	Next []string `arg:"" optional:"" passthrough:"partial" help:"The next link of the chain, or the command ($$SHELL)."`
}

// Help is the example under the verb's usage.
func (runCmd) Help() string {
	return "The word after --net is its value only where a -- stands before the command; --net=NAME is always clear.\n\nExample:\n\n    mc-ns run --mount --uts --pid --net host-1 --hostname host-1 -- sh"
}

func (c *runCmd) spec() namespace.Spec {
	return namespace.Spec{
		Mount: c.Mount, UTS: c.UTS, IPC: c.IPC, PID: c.PID,
		Net: c.Net.isNew, JoinNet: c.Net.path,
		Cgroup: c.Cgroup, User: c.User, Time: c.Time,
		Propagation: c.Propagation, Hostname: c.Hostname, Domainname: c.Domainname,
	}
}

// Run changes this process and becomes the next program, or its supervisor.
func (c *runCmd) Run(env *cli.Env) error {
	spec := c.spec()
	if err := spec.Check(); err != nil {
		return err
	}
	program, err := env.Link().Prepare(c.Next)
	if err != nil {
		return err
	}
	if spec.Forks() {
		return c.supervise(env, spec, program)
	}
	if c.DieWithParent {
		return errors.New("--die-with-parent: needs a supervisor, which only --pid and --user have")
	}
	if err := env.Run(spec.Steps()); err != nil {
		return err
	}
	return program.Exec()
}

func (c *runCmd) supervise(env *cli.Env, spec namespace.Spec, program *chain.Program) error {
	program, err := c.relayed(env, spec, program)
	if err != nil {
		return err
	}
	supervisor, err := namespace.Supervise(c.DieWithParent)
	if err != nil {
		return err
	}
	home, err := spec.Leaving()
	if err != nil {
		return err
	}
	if err := env.Run(spec.Steps()); err != nil {
		return err
	}
	child, err := spec.Start(program, home)
	if err != nil {
		return err
	}
	return ended(supervisor.Wait(child))
}

// relayed puts one more plain link in front of the program where an act must
// be the child's own: a promise that is kept right before the command, or a
// name in a UTS namespace that only the child is in.
func (c *runCmd) relayed(env *cli.Env, spec namespace.Spec, program *chain.Program) (*chain.Program, error) {
	names := spec.User && c.Hostname+c.Domainname != ""
	if !program.Keeps() && !names {
		return program, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{self, "run"}
	if names && c.Hostname != "" {
		args = append(args, "--hostname", c.Hostname)
	}
	if names && c.Domainname != "" {
		args = append(args, "--domainname", c.Domainname)
	}
	return env.Link().Prepare(append(append(args, "--"), program.Args...))
}

// ended makes a command's exit status this tool's.
func ended(exit int, err error) error {
	if err == nil && exit != 0 {
		return cli.Exit(exit)
	}
	return err
}
