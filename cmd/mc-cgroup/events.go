package main

import (
	"errors"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type eventsCmd struct {
	Name  name.Path `arg:"" help:"Name of the group."`
	Count cli.Times `short:"n" placeholder:"N" help:"End after so many lines."`
}

// Help is the example under the verb's usage.
func (eventsCmd) Help() string {
	return "One line for each, as it happens: populated, empty, frozen, thawed, memory.max, memory.oom_kill, pids.max and others as the kernel counts them. The first says whether the group has processes; the last is gone. With --json each line is an object. Forks that cgroup v1 refuses are told within a second.\n\nExample:\n\n    mc-cgroup events host-1\n    mc-cgroup events host-1 --json | jq -r .event"
}

// Run tells of what happens until the group goes, or the reader does.
func (c *eventsCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.existing(c.Name)
	if err != nil || env.Explains() {
		return err
	}
	told := 0
	err = g.Events(1, func(e cgroup.Event) error {
		told++
		if err := env.Line(e.Text(), e); err != nil || told != int(c.Count) {
			return err
		}
		return errEnough
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a stream that its reader wants no more of.
var errEnough = errors.New("enough")
