package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/rootfs"
)

type showCmd struct {
	PID    cli.PID `arg:"" name:"pid" help:"Process number, as seen from here."`
	AsArgs bool    `help:"Print the mc-rootfs pivot that would make such a root again, and as comments what that cannot say."`
}

// Help is what there is to know, and the example.
func (showCmd) Help() string {
	return "The process may be anybody's: bwrap's, podman's, in a chroot. Each mount has a word for what of pivot makes one like it: made (always), masked and read-only (without --unmask), tmpfs, bind; along is what comes with its folder, and other what pivot does not mount.\n\nExample:\n\n    mc-rootfs show 4711\n    mc-rootfs show 4711 --as-args"
}

// Run shows what the process has for a root.
func (c *showCmd) Run(env *cli.Env) error {
	view, err := rootfs.Look(int(c.PID))
	if err != nil {
		return err
	}
	if c.AsArgs {
		d := view.Args()
		return env.Print(d.Text(), d)
	}
	return env.Print(view.Text(), view)
}
