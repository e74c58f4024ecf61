package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/process"
)

type showCmd struct {
	PID    cli.PID `arg:"" name:"pid" help:"Process number, as seen from here."`
	AsArgs bool    `help:"Print the mc-ns run that would make its namespaces and privileges again, and as comments what that cannot say."`
}

// Help is the example under the verb's usage.
func (showCmd) Help() string {
	return "What this process may not see is said so, and null in JSON.\n\nExample:\n\n    mc-ns show 4711 --json | jq -r '.capabilities.effective[]'\n    mc-ns show 4711 --as-args"
}

// Run shows what the process really has.
func (c *showCmd) Run(env *cli.Env) error {
	p, err := process.Look(int(c.PID))
	if err != nil {
		return err
	}
	if c.AsArgs {
		d, err := describe(p)
		if err != nil {
			return err
		}
		return env.Print(d.Text(), d)
	}
	return env.Print(p.Text(), p)
}
