package cgroup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mini-container/lib/plain"

	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// noted is the extended attribute of a group's folder that holds the processes
// which were killed for want of memory, a line each: its number here and inside,
// its size in bytes, its name.
const noted = "trusted.mini-container.oom"

// mostNotes are kept; of more there is the number.
const mostNotes = 16

// note adds them. Who may not write it, as in a group that was delegated, says
// the number only.
func note(folder string, killed []*suspect) {
	lines := notes(folder)
	for _, s := range killed {
		// There may be two supervisors in one chain.
		prefix := fmt.Sprintf("%d %d ", s.pid, s.inside)
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, prefix) }) {
			lines = append(lines, fmt.Sprintf("%s%d %s", prefix, s.size, s.comm))
		}
	}
	if len(lines) <= mostNotes {
		_ = unix.Setxattr(folder, noted, []byte(strings.Join(lines, "\n")), 0)
	}
}

func notes(folder string) []string {
	buffer := make([]byte, 4096)
	n, err := unix.Getxattr(folder, noted, buffer)
	if err != nil || n == 0 {
		return nil
	}
	return strings.Split(string(buffer[:n]), "\n")
}

// Story tells, a line each, which of the group's processes the kernel has killed
// for want of memory; nothing when it has killed none. What cannot be read is
// not told.
func (g *Group) Story() []string {
	f := &files{}
	kills := g.counts(f)[eventKill]
	if kills == 0 || f.err != nil {
		return nil
	}
	s := &State{}
	g.memory(f, s)
	limit, swap := g.limit(f, "memory.max"), g.limit(f, "memory.swap.max")
	at := fmt.Sprintf("at %s of %s, swap %s", bytesOf(s.MemoryPeak), bytesOf(limit), bytesOf(swap))
	if less(string(s.MemoryPeak), string(limit)) && number(limit)-number(s.MemoryPeak) > slack || limit == unlimited {
		at += ", below its own limit: a group above it had none left, or the host"
	}
	var lines []string
	for _, n := range notes(g.Path()) {
		words := strings.SplitN(n, " ", 4)
		if len(words) != 4 {
			continue
		}
		who, of := words[1]+" inside", ""
		if words[0] == words[1] {
			who = words[0] // it has no other number
		}
		if words[2] != "0" {
			of = " of " + bytesOf(Amount(words[2]))
		}
		lines = append(lines, fmt.Sprintf("%s: out of memory: killed %s (pid %s)%s %s", g.Name, plain.Printable(words[3]), who, of, at))
	}
	switch more := kills - min(kills, uint64(len(lines))); {
	case more > 0 && len(lines) > 0:
		lines = append(lines, fmt.Sprintf("%s: out of memory: killed %d more", g.Name, more))
	case more == 1:
		lines = append(lines, fmt.Sprintf("%s: out of memory: killed a process %s", g.Name, at))
	case more > 1:
		lines = append(lines, fmt.Sprintf("%s: out of memory: killed %d processes %s", g.Name, more, at))
	}
	return lines
}

// slack is what a group may be below its limit and still be at it: memory is
// charged in portions to each processor.
const slack = 1 << 20

// limit is one limit in the words of v2.
func (g *Group) limit(f *files, file string) Amount {
	for _, k := range knobs {
		if k.file == file {
			return Amount(g.get(f, k))
		}
	}
	return ""
}

// bytesOf is a size as people read it.
func bytesOf(a Amount) string {
	if n, err := strconv.ParseUint(string(a), 10, 63); err == nil && n > 0 {
		return units.CustomSize("%.4g %s", float64(n), 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
	}
	return orDash(string(a))
}

func number(a Amount) uint64 {
	n, _ := strconv.ParseUint(string(a), 10, 64) // what is no number is none
	return n
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
