package cgroup

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mini-container/lib/plain"
)

// Bound is what holds a group back in one resource: its own limit, that of a
// group above it, or what the host has. Of several it is the one with the least
// headroom, and of processors, which are not used up, the one with the fewest.
type Bound struct {
	Resource string   `json:"resource"` // the file of cgroup v2 that says it
	Limit    Amount   `json:"limit"`
	At       string   `json:"at"` // the group's folder, or host
	Own      bool     `json:"own"`
	Used     Amount   `json:"used"`
	Headroom Amount   `json:"headroom"`
	Shared   []Sharer `json:"shared_with"`
}

// Sharer is a group that draws on the same limit.
type Sharer struct {
	Group string `json:"group"`
	Used  Amount `json:"used"`
}

// atHost is where a bound is that no group makes.
const atHost = "host"

// bounded are the resources, each with the knob that limits it and the files
// that say what is in use, on v2 and on v1.
var bounded = []struct{ file, used, legacy string }{
	{"memory.max", "memory.current", "memory.usage_in_bytes"},
	{"memory.high", "memory.current", ""},
	{"memory.swap.max", "memory.swap.current", ""},
	{"pids.max", "pids.current", "pids.current"},
	{"cpu.max", "", ""},
}

// Effective walks up from the group and gives the tightest bound of each
// resource. One that nothing bounds is not in it.
func (g *Group) Effective() ([]Bound, error) {
	if !g.Exists() {
		return nil, g.Missing()
	}
	f := &files{}
	var all []Bound
	for _, r := range bounded {
		k, _ := knobOf(r.file)
		root, isV2 := g.host.on(k.controller)
		if root == "" {
			continue
		}
		used := r.used
		if !isV2 {
			used = r.legacy
		}
		var candidates []Bound
		for _, folder := range g.upwards(root) {
			limit := Amount(k.at(f, folder, isV2))
			if _, limited := amount(string(limit)); limited {
				candidates = append(candidates, Bound{Limit: limit, At: folder, Own: folder == g.in(root), Used: usedAt(f, folder, used)})
			}
		}
		if b, is := tightest(append(candidates, hostBound(f, r.file)...)); is {
			b.Resource = r.file
			b.Shared = g.sharers(f, b.At, root, used)
			all = append(all, b)
		}
	}
	if b, is := g.processorsOf(f); is {
		all = append(all, b)
	}
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name, f.err)
	}
	return all, nil
}

// upwards are the group's folder and those above it, but for the root, which
// has no limits of its own.
func (g *Group) upwards(root string) (folders []string) {
	for path := g.in(root); path != root && strings.HasPrefix(path, root); path = filepath.Dir(path) {
		folders = append(folders, path)
	}
	return folders
}

func usedAt(f *files, folder, file string) Amount {
	if file == "" {
		return ""
	}
	return Amount(f.text(folder, file))
}

// tightest has the least headroom; of two that are alike it is the first, nearer
// one. What is not used up is compared by the limit itself.
func tightest(candidates []Bound) (best Bound, is bool) {
	least := math.Inf(1)
	for _, b := range candidates {
		limit, _ := amount(string(b.Limit))
		room := limit
		if b.Used != "" {
			room = max(0, limit-float64(number(b.Used)))
			b.Headroom = Amount(strconv.FormatFloat(room, 'f', 0, 64))
		}
		if room < least {
			best, least, is = b, room, true
		}
	}
	return best, is
}

// hostBound is what the host has, where it is known.
func hostBound(f *files, file string) []Bound {
	var limit, free float64
	switch file {
	case "memory.max":
		limit, free = meminfo(f, "MemTotal:"), meminfo(f, "MemAvailable:")
	case "memory.swap.max":
		limit, free = meminfo(f, "SwapTotal:"), meminfo(f, "SwapFree:")
	case "pids.max":
		limit = min(numberIn(f, "kernel/pid_max"), numberIn(f, "kernel/threads-max"))
		free = limit - tasks(f)
	case "cpu.max":
		online := float64(countList(f.text("/sys/devices/system/cpu", "online")))
		if online == 0 {
			return nil
		}
		return []Bound{{Limit: Amount(fmt.Sprintf("%.0f %d", online*cpuPeriod, cpuPeriod)), At: atHost}}
	default:
		return nil
	}
	return []Bound{{Limit: decimalAmount(uint64(limit)), At: atHost, Used: decimalAmount(uint64(max(0, limit-free)))}}
}

// meminfo is a size of proc_meminfo(5), in bytes.
func meminfo(f *files, key string) float64 {
	text, _, _ := strings.Cut(strings.TrimSpace(string(f.field("/proc", "meminfo", key))), " ")
	return float64(number(Amount(text))) * 1024
}

func numberIn(f *files, file string) float64 {
	return float64(number(Amount(f.text("/proc/sys", file))))
}

// tasks are those of the host: the 4th word of proc_loadavg(5), after the slash.
func tasks(f *files) float64 {
	words := strings.Fields(f.text("/proc", "loadavg"))
	if len(words) < 4 {
		return 0
	}
	_, all, _ := strings.Cut(words[3], "/")
	return float64(number(Amount(all)))
}

// countList counts what a list as 0-3,8 names (cpuset(7)).
func countList(list string) (n int) {
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			continue
		}
		to := from
		if isRange {
			to, _ = strconv.Atoi(last)
		}
		n += max(0, to-from+1)
	}
	return n
}

// processorsOf says on which processors the group runs, and who says so: the
// outermost group that has as few. The kernel has worked it out on the way down.
func (g *Group) processorsOf(f *files) (Bound, bool) {
	root, isV2 := g.host.on("cpuset")
	if !isV2 {
		return Bound{}, false // a group of ours has no folder there
	}
	const file = "cpuset.cpus.effective"
	all := f.text(root, file)
	b := Bound{Resource: "cpuset.cpus", Limit: Amount(all), At: atHost}
	for _, folder := range g.upwards(root) {
		is := f.text(folder, file)
		if is == "" || is == all {
			continue // it has not the controller, or narrows nothing
		}
		if b.At == atHost || is == string(b.Limit) {
			b.Limit, b.At, b.Own = Amount(is), folder, folder == g.in(root)
		}
	}
	b.Shared = g.sharers(f, b.At, root, "")
	return b, all != ""
}

// sharers are the groups below the one that is bound, but for those on the way
// to this group. Of the host all share.
func (g *Group) sharers(f *files, at, root, used string) []Sharer {
	shared := []Sharer{}
	if at == atHost {
		return shared
	}
	entries, err := os.ReadDir(at)
	if err != nil && !absent(err) && f.err == nil {
		f.err = err
	}
	own := g.in(root)
	for _, e := range entries {
		folder := filepath.Join(at, e.Name())
		if e.IsDir() && folder != own && !strings.HasPrefix(own, folder+"/") {
			shared = append(shared, Sharer{Group: e.Name(), Used: usedAt(f, folder, used)})
		}
	}
	return shared
}

// Text is the bound as a line.
func (b Bound) Text() string {
	say := bytesOf
	switch b.Resource {
	case "pids.max", "cpuset.cpus":
		say = func(a Amount) string { return orDash(string(a)) }
	case "cpu.max":
		say = processors
	}
	by := b.At
	switch {
	case b.Own:
		by = "its own limit"
	case b.At == atHost:
		by = "the host"
	}
	text := fmt.Sprintf("%-16s %s by %s", b.Resource, say(b.Limit), by)
	if b.Headroom != "" {
		text += ", " + say(b.Headroom) + " left"
	}
	return text + b.sharedText(say) + "\n"
}

func (b Bound) sharedText(say func(Amount) string) string {
	var words []string
	for _, s := range b.Shared[:min(len(b.Shared), mostProcesses)] {
		word := plain.Printable(s.Group)
		if s.Used != "" {
			word += " (" + say(s.Used) + ")"
		}
		words = append(words, word)
	}
	if more := len(b.Shared) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	if words == nil {
		return ""
	}
	return ", shared with " + strings.Join(words, ", ")
}
