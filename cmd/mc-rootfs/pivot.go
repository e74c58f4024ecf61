package main

import (
	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
	"mini-container/lib/privilege"
	"mini-container/lib/rootfs"
	"mini-container/lib/supervise"
)

type pivotCmd struct {
	Root string `arg:"" help:"Folder that becomes /."`

	Bind     []rootfs.Bind    `sep:"none" placeholder:"SRC:DST[:ro,rslave]" help:"Show a folder or file of the host inside (\\: is a colon in a path); with rslave the mounts that the host makes there later, too."`
	Tmpfs    []rootfs.Tmpfs   `sep:"none" placeholder:"DST[:size=…,mode=…]" help:"Mount an empty file system in memory."`
	Overlay  overlay          `placeholder:"FOLDER" help:"Leave the root as it is: what is written goes into a layer in memory, or with =FOLDER into that."`
	ReadOnly bool             `help:"Make the root read-only, with a tmpfs on /tmp and /run."`
	Unmask   []rootfs.Bare    `sep:"none" placeholder:"PATH|all" help:"Leave this part of /proc or /sys as the kernel shows it, neither hidden nor read-only."`
	Env      []chain.Variable `short:"e" sep:"none" placeholder:"K=V" help:"Set an environment variable; K alone takes the caller's value."`
	Workdir  string           `short:"w" placeholder:"DIR" help:"Working directory inside (/)."`
	AddHost  []rootfs.Host    `sep:"none" placeholder:"NAME:IP" help:"Add a line to /etc/hosts."`
	DNS      []rootfs.Server  `name:"dns" sep:"none" placeholder:"IP" help:"Name server in /etc/resolv.conf (the host's)."`
	Init     bool             `help:"Stay as process 1, hand signals on to the command, and reap its orphans."`
	NoEtc    bool             `help:"Leave /etc/hosts, hostname and resolv.conf as the root has them."`

	Next []string `arg:"" optional:"" passthrough:"partial" help:"The command (/bin/sh)."`
}

// Help is the example under the verb's usage.
func (pivotCmd) Help() string {
	return "It needs a mount namespace of its own. The command's environment is TERM, PATH, HOME and what --env says.\n\nExample:\n\n    mc-ns run --mount --pid -- \\\n      mc-rootfs pivot ./rootfs --bind ./src:/src:ro -w /src -- make"
}

// Run makes ROOT the root, and becomes the command.
func (c *pivotCmd) Run(env *cli.Env) error {
	link := env.Link()
	link.Inside = true
	link.Environ = chain.Clean(env.Environ, c.Env...)
	user, first, err := link.UserNS()
	if err != nil {
		return err
	}
	spec := rootfs.Spec{
		Layer: c.Overlay.layer, Users: rootfs.Users{NS: user, First: first},
		Root: c.Root, Binds: c.Bind, Tmpfs: c.Tmpfs, ReadOnly: c.ReadOnly, Bare: c.Unmask,
		Workdir: c.Workdir, Hosts: c.AddHost, DNS: c.DNS, NoEtc: c.NoEtc,
		Command: link.Command(c.Next)[0], Path: chain.Lookup(link.Environ, "PATH"),
	}
	if env.Explains() {
		return c.explain(env, link, spec)
	}
	plan, err := rootfs.Pivot(spec)
	if err != nil {
		return err
	}
	if !c.Init && user == 0 { // a user namespace is entered by a child
		if err := env.Run(plan); err != nil {
			return err
		}
		return link.Next(c.Next)
	}
	supervisor, err := supervise.New(false) // while there is a /dev/tty
	if err != nil {
		return err
	}
	if err := env.Run(plan); err != nil {
		return err
	}
	program, err := link.Prepare(c.Next)
	if err != nil {
		return err
	}
	child, err := namespace.Init(program)
	if err != nil {
		return err
	}
	return cli.Ended(supervisor.Wait(child))
}

// explain says the link as a shell script.
func (c *pivotCmd) explain(env *cli.Env, link chain.Link, spec rootfs.Spec) (err error) {
	if spec.Script, err = link.Script(env.Stdout); err != nil {
		return err
	}
	if c.Init {
		if err := spec.Script.Say("# --init: util-linux has no process 1 that reaps orphans: the command is process 1 itself."); err != nil {
			return err
		}
	}
	file, through, err := rootfs.Explain(spec)
	if err != nil {
		return err
	}
	return spec.Script.Next(c.Next, privilege.In(file), through...)
}
