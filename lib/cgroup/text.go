package cgroup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mini-container/lib/plain"
)

// mostProcesses are named on one screen; of more there is the number.
const mostProcesses = 12

// told are the limits that stand beside what they limit.
var told = []string{"memory_max", "memory_swap_max", "pids_max", "cpu_max"}

// Text is the state on one screen, in words.
func (s *State) Text() string {
	var b strings.Builder
	row := func(what string, lines ...string) {
		for _, line := range lines {
			fmt.Fprintf(&b, "%-10s %s\n", what, line)
			what = ""
		}
	}
	row("name", s.Name)
	row("group", append([]string{s.Path}, s.elsewhere()...)...)
	row("state", s.Condition())
	row("memory", s.memoryText()...)
	row("pids", fmt.Sprintf("%s of %s, peak %s, %s forks refused", orDash(string(s.Pids)),
		orDash(string(s.Limits["pids_max"])), orDash(string(s.PidsPeak)), orDash(string(s.ForkRefused))))
	row("cpu", fmt.Sprintf("%s s used (user %s, system %s), limit %s, throttled for %s s",
		seconds(s.CPU), seconds(s.User), seconds(s.System), processors(s.Limits["cpu_max"]), seconds(s.Throttled)))
	row("io", s.ioText())
	row("limits", s.otherLimits()...)
	row("pressure", s.pressureText()...)
	row("events", s.eventText())
	if s.Owner != 0 {
		row("owner", "process "+strconv.Itoa(s.Owner))
	}
	row("processes", s.processText())
	return b.String()
}

// elsewhere says which controllers are not in the group's folder.
func (s *State) elsewhere() (lines []string) {
	for _, c := range slices.Sorted(maps.Keys(s.Controllers)) {
		if s.Controllers[c] != s.Path {
			lines = append(lines, c+" in "+s.Controllers[c])
		}
	}
	return lines
}

// Condition is what the group's processes do.
func (s *State) Condition() string {
	switch {
	case !s.Populated:
		return "empty"
	case s.Frozen:
		return "frozen"
	}
	return "running"
}

func (s *State) memoryText() []string {
	use := fmt.Sprintf("%s of %s%s, peak %s, swap %s of %s", bytesOf(s.Memory), bytesOf(s.Limits["memory_max"]),
		part(s.Memory, s.Limits["memory_max"]), bytesOf(s.MemoryPeak), bytesOf(s.Swap), bytesOf(s.Limits["memory_swap_max"]))
	hits := fmt.Sprintf("limit hit %s times, %s killed for want of it", orDash(string(s.LimitHits)), orDash(string(s.OOMKills)))
	return []string{use, hits}
}

// part is how much of the whole is in use.
func part(used, whole Amount) string {
	if share, known := shareOf(used, whole); known {
		return fmt.Sprintf(" (%.0f%%)", 100*share)
	}
	return ""
}

// shareOf is how much of the whole is in use, where there is one.
func shareOf(used, whole Amount) (share float64, known bool) {
	if used == "" || number(whole) == 0 {
		return 0, false
	}
	return float64(number(used)) / float64(number(whole)), true
}

// processors is processor time in words: a share of one, or how many.
func processors(limit Amount) string {
	share, is := amount(string(limit))
	switch {
	case limit == "":
		return orDash("")
	case !is:
		return "none"
	case share > 1:
		return strconv.FormatFloat(share, 'g', 4, 64) + " processors"
	}
	return strconv.FormatFloat(100*share, 'g', 4, 64) + "% of a processor"
}

func (s *State) ioText() string {
	if s.IO == nil {
		return orDash("")
	}
	text := fmt.Sprintf("%s read, %s written", bytesOf(decimalAmount(s.IO.Read)), bytesOf(decimalAmount(s.IO.Written)))
	if s.IO.Living {
		text += " by the processes that live (the group has no io controller)"
	}
	return text
}

func decimalAmount(n uint64) Amount { return Amount(decimal(n)) }

// otherLimits are those that are set and stand nowhere else.
func (s *State) otherLimits() (lines []string) {
	for _, member := range slices.Sorted(maps.Keys(s.Limits)) {
		if !slices.Contains(told, member) {
			lines = append(lines, member+" "+string(s.Limits[member]))
		}
	}
	return lines
}

// pressureText says how long somebody waited, and in brackets everybody.
func (s *State) pressureText() []string {
	var lines []string
	for _, resource := range pressures {
		p := s.Pressure[resource]
		if p == nil {
			continue
		}
		lines = append(lines, fmt.Sprintf("%-6s waited for %.0f%% of the last 10 s, %.0f%% of 60 s, %.0f%% of 300 s (all at once %.0f%%, %.0f%%, %.0f%%)",
			resource, p.Some.Avg10, p.Some.Avg60, p.Some.Avg300, p.Full.Avg10, p.Full.Avg60, p.Full.Avg300))
	}
	if lines == nil {
		lines = []string{"not measured by this kernel (boot it with psi=1)"}
	}
	return lines
}

// eventText are those that have happened.
func (s *State) eventText() string {
	var words []string
	for _, name := range eventNames {
		if n := s.Events[name]; n > 0 {
			words = append(words, fmt.Sprintf("%s %d", name, n))
		}
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}

func (s *State) processText() string {
	var members []string
	for _, pid := range s.Processes[:min(len(s.Processes), mostProcesses)] {
		members = append(members, strconv.Itoa(pid)+" "+plain.Printable(read("/proc/"+strconv.Itoa(pid), "comm")))
	}
	if more := len(s.Processes) - len(members); more > 0 {
		members = append(members, fmt.Sprintf("and %d more", more))
	}
	return orDash(strings.Join(members, ", "))
}
