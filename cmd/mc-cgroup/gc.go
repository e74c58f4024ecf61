package main

import (
	"strings"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
)

type gcCmd struct{}

// Help is the example under the verb's usage.
func (gcCmd) Help() string {
	return "Prints the name of each group that it removes: those without a process whose owner (see create) has ended, and those that were left half-made or half-removed.\n\nExample:\n\n    mc-cgroup gc"
}

// Run removes them.
func (c *gcCmd) Run(env *cli.Env, all *commands) error {
	above, err := all.open("")
	if err != nil {
		return err
	}
	unlock, err := lock(env, above)
	if err != nil {
		return err
	}
	defer unlock()
	plan, removed, err := cgroup.Collect(string(all.Parent))
	if err != nil {
		return err
	}
	if err := env.Run(plan); err != nil {
		return err
	}
	return env.Print(strings.Join(append(removed, ""), "\n"), append([]string{}, removed...))
}
