//go:build unpack

package main

import (
	"errors"
	"fmt"
	"slices"

	"mini-container/lib/cli"
	"mini-container/lib/unpack"
)

// Run makes the folder, or leaves nothing, and prints its path.
func (c *unpackCmd) Run(env *cli.Env) error {
	spec := unpack.Spec{Tarball: c.Tarball, Dir: c.Dir, Devices: c.Devices}
	if !c.Quiet {
		spec.Progress = unpack.NewProgress(env.Stderr)
	}
	plan, result, err := unpack.Plan(spec)
	if err != nil {
		return err
	}
	if err := env.Run(plan); err != nil {
		return err
	}
	spec.Progress.Sum(result)
	if !c.Quiet {
		notes(env, result)
	}
	return env.Handle(result.Path+"\n", result, func() error {
		var all error
		for _, s := range slices.Backward(plan) {
			all = errors.Join(all, s.Undo())
		}
		return all
	})
}

// notes say what is not as the archive has it: one line of each kind.
func notes(env *cli.Env, r *unpack.Result) {
	for _, n := range []struct {
		count int64
		text  string
	}{
		{r.Devices, "device nodes skipped (--devices makes them)"},
		{r.Owners, "owners not set, nor the setuid bits with them (needs root)"},
		{r.Xattrs, "extended attributes not set"},
	} {
		if n.count > 0 {
			fmt.Fprintf(env.Stderr, "%s: %s: %d %s\n", env.Tool, r.Path, n.count, n.text)
		}
	}
}
