package main

import (
	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
)

// limitFlags are the limits that nearly every group has, each with the name of
// the file that holds it on cgroup v2. All others are words, FILE=VALUE: each
// flag costs every start some 30 microseconds, and every container is started
// by run.
type limitFlags struct {
	MemoryMax cgroup.Size  `placeholder:"SIZE" help:"Most memory: bytes, 10M (2^20), 10% of the machine's, or max."`
	SwapMax   cgroup.Size  `placeholder:"SIZE" help:"Most swap beside the memory."`
	PidsMax   cgroup.Count `placeholder:"N" help:"Most processes and threads, or max."`
	CPUMax    cgroup.CPU   `name:"cpu-max" placeholder:"TIME" help:"Most processor time: 25%, 0.25, '25000 100000' (µs), or max."`
}

// with gives the limits of the flags and the settings together.
func (f limitFlags) with(settings []string) (cgroup.Limits, error) {
	l := cgroup.Limits{}
	for file, text := range map[string]string{
		"memory.max":      string(f.MemoryMax),
		"memory.swap.max": string(f.SwapMax),
		"pids.max":        string(f.PidsMax),
		"cpu.max":         string(f.CPUMax),
	} {
		if text != "" {
			l[file] = text
		}
	}
	return l, l.Add(settings)
}

// makerFlags are the limits of a group that is being made.
type makerFlags struct {
	limitFlags
	Set []string `name:"set" sep:"none" placeholder:"FILE=VALUE" help:"Any other limit, as cpu.weight=50; can be repeated (see set)."`
}

// warn says on stderr where the kernel took something else.
func warn(env *cli.Env, g *cgroup.Group, l cgroup.Limits) {
	if env.Explains() {
		return
	}
	for _, line := range g.Differences(l) {
		env.Note(line)
	}
}
