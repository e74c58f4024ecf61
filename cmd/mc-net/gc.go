package main

import (
	"strings"
	"time"

	"mini-container/lib/cli"
	"mini-container/lib/network"
)

// linger is how long an empty bridge stays for the next container.
const linger = 500 * time.Millisecond

type gcCmd struct {
	After cli.Time `placeholder:"TIME" help:"Wait that long before: 1, 0.5, 500ms."`
}

func (c *gcCmd) Help() string {
	return `Prints the name of each container, and of each bridge, that it removes: networks whose owner (see up) has ended and that have no process inside, what was left half-made, and bridges of ours without a port. What lives and what others made stays.

Example:

    mc-net gc`
}

// Run removes them.
func (c *gcCmd) Run(env *cli.Env) error {
	time.Sleep(time.Duration(c.After))
	unlock, err := lock(env)
	if err != nil {
		return err
	}
	defer unlock()
	removed := []string{}
	for _, look := range []func() (*network.Plan, []string, error){network.Dead, network.Empty} {
		plan, names, err := look()
		if err != nil {
			return err
		}
		err = env.Run(plan.Steps)
		plan.Close()
		if err != nil {
			return err
		}
		removed = append(removed, names...)
	}
	return env.Print(strings.Join(append(removed, ""), "\n"), removed)
}
