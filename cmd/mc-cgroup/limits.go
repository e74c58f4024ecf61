package main

import (
	"fmt"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
)

// limitFlags are the limits of create and set, each with the name of the file
// that holds it on cgroup v2.
type limitFlags struct {
	MemoryMax cgroup.Size  `placeholder:"SIZE" help:"Most memory: bytes, 10M (2^20), or max."`
	SwapMax   cgroup.Size  `placeholder:"SIZE" help:"Most swap beside the memory."`
	PidsMax   cgroup.Count `placeholder:"N" help:"Most processes and threads, or max."`
	CPUMax    cgroup.CPU   `name:"cpu-max" placeholder:"TIME" help:"Most processor time: 25%, 0.25, '25000 100000' (µs), or max."`
}

func (f limitFlags) limits() cgroup.Limits {
	return cgroup.Limits{
		"memory.max":      string(f.MemoryMax),
		"memory.swap.max": string(f.SwapMax),
		"pids.max":        string(f.PidsMax),
		"cpu.max":         string(f.CPUMax),
	}
}

// warn says on stderr where the kernel took something else.
func (f limitFlags) warn(env *cli.Env, g *cgroup.Group) {
	if env.Explains() {
		return
	}
	for _, line := range g.Differences(f.limits()) {
		fmt.Fprintf(env.Stderr, "%s: %s\n", env.Tool, line)
	}
}
