package main

import (
	"errors"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type waitCmd struct {
	Name           name.Path    `arg:"" help:"Name of the group."`
	Empty          bool         `help:"Until it has no process (what is waited for when nothing is said)."`
	OOM            bool         `name:"oom" help:"Until a process is killed for want of memory; one that was before counts too."`
	MemoryAbove    cgroup.Size  `placeholder:"SIZE" help:"Until so much memory is in use."`
	MemoryPressure cgroup.Share `placeholder:"SHARE" help:"Until a process waits for memory for so much of two seconds: 10% or 0.1."`
	CPUPressure    cgroup.Share `name:"cpu-pressure" placeholder:"SHARE" help:"The same, for a processor."`
	IOPressure     cgroup.Share `name:"io-pressure" placeholder:"SHARE" help:"The same, for disks."`
	Timeout        *cli.Time    `short:"t" placeholder:"TIME" help:"For no longer than this: 5, 0.5, 2m. Then the exit status is 124, as that of timeout(1)."`
}

// Help is the example under the verb's usage.
func (waitCmd) Help() string {
	return "Prints which of the conditions came true: empty, oom, memory or pressure. Nothing is asked over and over: the kernel tells, but of the memory in use on cgroup v2, which is looked at ten times a second.\n\nExample:\n\n    mc-cgroup wait host-1 --oom --memory-above 8M --timeout 60"
}

// Run waits.
func (c *waitCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.existing(c.Name)
	if err != nil || env.Explains() {
		return err
	}
	until := cgroup.Until{Empty: c.Empty, OOM: c.OOM, Memory: c.MemoryAbove, Pressure: map[string]cgroup.Share{
		"memory": c.MemoryPressure, "cpu": c.CPUPressure, "io": c.IOPressure,
	}}
	if c.asksNothing() {
		until.Empty = true
	}
	longest := time.Duration(-1)
	if c.Timeout != nil {
		longest = time.Duration(*c.Timeout)
	}
	came, err := g.Await(until, longest)
	if errors.Is(err, cgroup.ErrTimeout) {
		return cli.Exit(statusTimeout)
	}
	if err != nil {
		return err
	}
	return env.Print(came+"\n", map[string]string{"group": string(c.Name), "came": came})
}

func (c *waitCmd) asksNothing() bool {
	return !c.OOM && c.MemoryAbove == "" && c.MemoryPressure == 0 && c.CPUPressure == 0 && c.IOPressure == 0
}

// statusTimeout is timeout(1)'s.
const statusTimeout = 124
