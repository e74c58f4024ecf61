package main

import (
	"encoding/json"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/owner"
)

type createCmd struct {
	Name  name.Path   `arg:"" help:"Name of the group, or web/worker-1 for one below another."`
	Owner owner.Owner `placeholder:"PID" help:"The group belongs to this process: when it has ended and the group is empty, gc or the next create of the name removes it."`
	makerFlags
}

// Help is the example under the verb's usage.
func (createCmd) Help() string {
	return "Prints the group's folder. A group below another, as web/worker-1, is made only where that is.\n\nExample:\n\n    mc-cgroup create host-1 --memory-max 10M --swap-max 0 --pids-max 64\n    mc-cgroup create host-1/worker --set cpu.weight=50"
}

// Run makes the group with its limits, or nothing at all, and prints its handle.
func (c *createCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.open(c.Name)
	if err != nil {
		return err
	}
	if err := makeGroup(env, g, c.makerFlags, c.Owner); err != nil {
		return err
	}
	undo := func() error { return (&deleteCmd{Name: c.Name}).Run(env, all) }
	return env.Handle(g.Path()+"\n", shown{g}, undo)
}

// makeGroup makes the group, or leaves nothing of it.
func makeGroup(env *cli.Env, g *cgroup.Group, flags makerFlags, o owner.Owner) error {
	l, err := flags.with(flags.Set)
	if err != nil {
		return err
	}
	unlock, err := lock(env, g)
	if err != nil {
		return err
	}
	defer unlock()
	// First, because the limits are planned after a look at what is there.
	heal, err := g.Heal()
	if err != nil {
		return err
	}
	if env.Explains() && len(heal) == 0 && g.Exists() {
		return g.Already()
	}
	if err := env.Run(heal); err != nil {
		return err
	}
	limits, err := g.Set(l)
	if err != nil {
		return err
	}
	if err := env.Run(g.Create(append(g.EnableFurther(l), limits...), o)); err != nil {
		return err
	}
	warn(env, g, l)
	return nil
}

// lock keeps other runs out, unless nothing is going to be changed.
func lock(env *cli.Env, g *cgroup.Group) (unlock func(), err error) {
	if env.Explains() {
		return func() {}, nil
	}
	return g.Lock()
}

// shown is a group that is looked at only when somebody wants the whole of it.
type shown struct{ *cgroup.Group }

// MarshalJSON looks at it.
func (s shown) MarshalJSON() ([]byte, error) {
	state, err := s.Show()
	if err != nil {
		return nil, err
	}
	return json.Marshal(state)
}
