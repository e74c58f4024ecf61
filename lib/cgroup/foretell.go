package cgroup

import "fmt"

// use is what a limit limits, and what happens when the limit is set below it.
type use struct {
	limit, controller string
	v2, v1            string // the file that says how much is in use; none: the limit is not there
	then, thenV1      string
	count             bool // no bytes
}

// uses tell what cgroup-v2.rst and memory.c of the kernel do.
var uses = []use{
	{limit: "memory.max", controller: "memory", v2: "memory.current", v1: "memory.usage_in_bytes",
		then: "the rest is pushed out, and if that is not enough, processes are killed", thenV1: "the rest is pushed out, or the limit is refused"},
	{limit: "memory.high", controller: "memory", v2: "memory.current", then: "the rest is pushed out, and the processes are slowed down meanwhile"},
	{limit: "memory.swap.max", controller: "memory", v2: "memory.swap.current", then: "it stays there, and nothing more goes there"},
	{limit: "memory.swap.high", controller: "memory", v2: "memory.swap.current", then: "it stays there, and the processes are slowed down"},
	{limit: "pids.max", controller: "pids", v2: "pids.current", v1: "pids.current", count: true,
		then: "none is ended, and no other can be started before there are fewer"},
}

// Foretell says, a line each, what will happen where a limit is below what is in
// use now. What cannot be read is not foretold.
func (g *Group) Foretell(l Limits) []string {
	var lines []string
	for _, u := range uses {
		folder, isV2 := g.folder(u.controller)
		file, then := u.v2, u.then
		if !isV2 {
			file = u.v1
			if u.thenV1 != "" {
				then = u.thenV1
			}
		}
		if folder == "" || file == "" || l[u.limit] == "" {
			continue
		}
		now := read(folder, file)
		if now == "" || !less(l[u.limit], now) {
			continue
		}
		what := fmt.Sprintf("%s in use, of which %s may be", bytesOf(Amount(now)), bytesOf(Amount(l[u.limit])))
		if u.count {
			what = fmt.Sprintf("%s processes and threads, of which %s may be", now, l[u.limit])
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s: %s", g.Name, u.limit, what, then))
	}
	return lines
}
