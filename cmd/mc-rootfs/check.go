package main

import (
	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/rootfs"
)

type checkCmd struct {
	Root    string `arg:"" help:"Folder to be looked at."`
	Command string `arg:"" optional:"" default:"/bin/sh" help:"The command that shall run in it (/bin/sh)."`
}

// Help is the example under the verb's usage.
func (checkCmd) Help() string {
	return "Each line begins with ok, note or bad, and at the end with does for what pivot would do. The exit status is 1 when something is bad: then the command would not run. Nothing is changed, and nothing in the folder is run.\n\nExample:\n\n    mc-rootfs check ./rootfs python3 | grep -v ^does"
}

// Run prints what the root has and lacks.
func (c *checkCmd) Run(env *cli.Env) error {
	report, err := rootfs.Check(rootfs.Spec{
		Root: c.Root, Command: c.Command, Path: chain.Lookup(chain.Clean(nil), "PATH"),
	})
	if err != nil {
		return err
	}
	if err := env.Print(report.Text(), report); err != nil {
		return err
	}
	if !report.Fit {
		return cli.Exit(1)
	}
	return nil
}
