package main

import (
	"errors"
	"fmt"

	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type setCmd struct {
	Name name.Path `arg:"" help:"Name of the group."`
	limitFlags
	Settings []string `arg:"" optional:"" name:"file=value" help:"A file of the group, and what to write there."`
}

// Help is the example under the verb's usage.
func (setCmd) Help() string {
	return `All are set, or none. What the kernel makes of a value (it rounds) is said.

Sizes are 64M or 10% (of the machine's memory): memory.max, .min, .low, .high, memory.swap.max, .high, memory.zswap.max, hugetlb.2MB.max. Others: memory.oom.group=1, pids.max=50, cpu.max=50% or 2cpus, cpu.max.burst=5000 (µs), cpu.weight=50 (of 100), cpuset.cpus=0-3,8, cpuset.mems=0. A disk is meant by its name or any file on it: io.max=vda,rbps=10M,wiops=100, io.weight=/srv,50. max takes a limit away. Any other file of the group takes the value as it is: cgroup.max.depth=3.

Example:

    mc-cgroup set host-1 memory.max=64M pids.max=50 io.max=/srv,wbps=10M`
}

// Run changes the limits that are given, all or none.
func (c *setCmd) Run(env *cli.Env, all *commands) error {
	l, err := c.with(c.Settings)
	if err != nil {
		return err
	}
	if len(l) == 0 {
		return errors.New("set: no limit is given")
	}
	g, err := all.existing(c.Name)
	if err != nil {
		return err
	}
	limits, err := g.Set(l)
	if err != nil {
		return err
	}
	for _, line := range g.Foretell(l) {
		env.Note(line)
	}
	if err := env.Run(append(g.Enable(l), limits...)); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	warn(env, g, l)
	return env.Print("", shown{g})
}
