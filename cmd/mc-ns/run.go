package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
	"mini-container/lib/privilege"
	"mini-container/lib/supervise"
)

type runCmd struct {
	Mount  bool    `short:"m" help:"New mount namespace."`
	UTS    bool    `name:"uts" short:"u" help:"New UTS namespace: host and domain name."`
	IPC    bool    `name:"ipc" short:"i" help:"New IPC namespace."`
	PID    bool    `name:"pid" short:"p" help:"New PID namespace: the command is process 1."`
	Net    netFlag `short:"n" placeholder:"NAME|PATH" help:"New network namespace, or that of a name or a file."`
	Cgroup bool    `short:"C" help:"New cgroup namespace: its root is the group that the command will be in."`
	Userns userns  `short:"U" placeholder:"auto" help:"New user namespace: root inside is the caller outside; with =auto nobody outside (with --pid)."`
	Time   bool    `short:"T" help:"New time namespace."`

	Hostname      namespace.Nodename    `placeholder:"NAME" help:"Set the host name (with --uts)."`
	Domainname    namespace.Nodename    `placeholder:"NAME" help:"Set the NIS domain name (with --uts)."`
	Propagation   namespace.Propagation `placeholder:"MODE" help:"How mounts travel (with --mount): private, slave, shared or unchanged (private; with --userns slave)."`
	Init          bool                  `help:"Let an init run the command, which reaps its orphans (with --pid)."`
	DieWithParent bool                  `help:"End when the caller ends, and the container with it."`
	StopTimeout   *cli.Time             `placeholder:"TIME" help:"Kill a command that lives so long after TERM, HUP, INT or QUIT was sent to this supervisor (never)."`

	privileges `group:"The command's privileges:"`

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
		User: c.Userns == usernsSelf, Time: c.Time,
		Propagation: c.Propagation, Hostname: c.Hostname, Domainname: c.Domainname,
	}
}

// Run changes this process and becomes the next program, or its supervisor.
func (c *runCmd) Run(env *cli.Env) error {
	spec := c.spec()
	if err := spec.Check(); err != nil {
		return err
	}
	promises, err := c.promised(env)
	if err != nil {
		return err
	}
	if env.Explains() {
		return c.explain(env, spec, promises)
	}
	program, err := c.program(env, promises)
	if err != nil {
		return err
	}
	if spec.Forks() {
		return c.supervise(env, spec, program, promises)
	}
	switch {
	case c.DieWithParent:
		return errors.New("--die-with-parent: needs a supervisor, which only --pid and --userns have")
	case c.StopTimeout != nil:
		return errors.New("--stop-timeout: needs a supervisor, which only --pid and --userns have")
	}
	if err := env.Run(spec.Steps()); err != nil {
		return err
	}
	return program.Exec()
}

// promised is what only the last link can do.
func (c *runCmd) promised(env *cli.Env) ([]chain.Promise, error) {
	has := privilege.Running{}
	if c.Confine {
		has = privilege.Confined()
	}
	has.CgroupNS = c.Cgroup
	if c.Userns == usernsAuto && env.Explains() {
		has.UserNS = 1 // any: it is not made
	} else if c.Userns == usernsAuto {
		var err error
		if has.UserNS, has.First, err = namespace.NewUser(); err != nil {
			return nil, err
		}
	}
	return c.changed(has)
}

// program is the next one, behind an init if one is wanted.
func (c *runCmd) program(env *cli.Env, promises []chain.Promise) (*chain.Program, error) {
	program, err := env.Link().Prepare(c.Next, promises...)
	if err != nil || !c.Init && c.Userns != usernsAuto {
		return program, err
	}
	switch {
	case !c.PID && c.Userns == usernsAuto:
		return nil, errors.New("--userns=auto: needs --pid, for a process 1 that stays outside of it")
	case !c.PID:
		return nil, errors.New("--init: needs --pid")
	case program.Ours && !c.Init:
		return program, nil // that link knows
	case program.Ours:
		return nil, fmt.Errorf("--init: is for the link before the command: give it to %s", program.Args[0])
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append(append([]string{self, "init"}, env.TraceFlag()...), "--")
	return env.Link().Prepare(append(args, program.Args...), promises...)
}

func (c *runCmd) supervise(env *cli.Env, spec namespace.Spec, program *chain.Program, promises []chain.Promise) error {
	program, err := c.relayed(env, spec, program, promises)
	if err != nil {
		return err
	}
	supervisor, err := supervise.New(c.DieWithParent)
	if err != nil {
		return err
	}
	supervisor.Grace = (*time.Duration)(c.StopTimeout)
	witness := cgroup.Attend(program.Promises)
	if witness != nil {
		supervisor.Beside, supervisor.Dying = witness.Watch, witness.Dying
	}
	home, err := spec.Leaving()
	if err != nil {
		return err
	}
	start := spec.Start(program)
	if err := env.Run(append(spec.Steps(), start)); err != nil {
		return err
	}
	if err := home.Return(); err != nil {
		return err
	}
	status, err := supervisor.Wait(start.Child)
	witness.Ended()
	return cli.Ended(status, err)
}

// relayed puts one more plain link in front of the program where an act must
// be the child's own: a promise that is kept right before the command, or what
// only a process in the new user namespace can do.
func (c *runCmd) relayed(env *cli.Env, spec namespace.Spec, program *chain.Program, promises []chain.Promise) (*chain.Program, error) {
	inside := spec.Inside()
	if !program.Keeps() && inside == (namespace.Spec{}) {
		return program, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append(append([]string{self, "run"}, env.TraceFlag()...), flags(inside)...)
	relay, err := env.Link().Prepare(append(append(args, "--"), program.Args...), promises...)
	if err == nil && relay.Keeps() {
		return nil, fmt.Errorf("%s: cannot keep %s: a link of the chain is named mc-ns", self, program.Promises[0].What)
	}
	return relay, err
}

// flags are those of a link that does what the spec says.
func flags(s namespace.Spec) []string {
	var words []string
	if s.Time {
		words = append(words, "--time")
	}
	for _, f := range []struct{ flag, value string }{
		{"--propagation", string(s.Propagation)},
		{"--hostname", string(s.Hostname)},
		{"--domainname", string(s.Domainname)},
	} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	return words
}
