package cgroup

import (
	"fmt"
	"path/filepath"
	"strings"

	"mini-container/lib/name"
	"mini-container/lib/plain"
)

// beside are settings of cgroup v2 that are in no row of knobs, and what they are
// while nobody has set them.
var beside = []struct{ file, usual string }{
	{"cgroup.max.depth", unlimited}, {"cgroup.max.descendants", unlimited},
	{"cpu.idle", "0"}, {"cpu.uclamp.min", "0.00"}, {"cpu.uclamp.max", unlimited},
	{"cpuset.cpus.partition", "member"}, {"memory.zswap.writeback", "1"},
}

// Describe is the mc-cgroup create that makes a group with the same limits, and
// what that cannot say.
func (g *Group) Describe() (*plain.Again, error) {
	s, err := g.Show()
	if err != nil {
		return nil, err
	}
	f := &files{}
	d := &plain.Again{Unsaid: []string{}}
	unsaid := func(text string, args ...any) { d.Unsaid = append(d.Unsaid, fmt.Sprintf(text, args...)) }
	if g.at != nil {
		s.Name = string(name.Like(filepath.Base(s.Name)))
		unsaid("where it is: %s; %s stands for that", strings.Join(g.places(s), ", "), s.Name)
		others, err := g.host.legacyOf(g.pid)
		if err != nil {
			return nil, err
		}
		if others != nil {
			unsaid("its groups in hierarchies of cgroup v1 where ours have none: %s", strings.Join(others, ", "))
		}
		unsaid("which devices it may use, where a BPF program says that")
	}
	for _, above := range g.tighterAbove(f) {
		unsaid("%s", above)
	}
	if n := len(s.Processes); n > 1 {
		unsaid("who shares it: %d processes", n)
	}
	d.Command = append(s.Args(), g.beside(f)...)
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name, f.err)
	}
	return d, nil
}

// places are the folders, each with its controllers where there are several.
func (g *Group) places(s *State) (places []string) {
	for _, folder := range g.folders() {
		var here []string
		for _, c := range controllers {
			if s.Controllers[c] == folder {
				here = append(here, c)
			}
		}
		if len(g.folders()) > 1 && here != nil {
			folder += " (" + strings.Join(here, ", ") + ")"
		}
		places = append(places, folder)
	}
	return places
}

// tighterAbove are the limits of groups above that leave less than the group's own.
func (g *Group) tighterAbove(f *files) (lines []string) {
	for _, k := range knobs {
		if above, limit := g.tighter(f, k, g.get(f, k)); above != "" {
			lines = append(lines, fmt.Sprintf("%s %s of %s above it", k.file, limit, above))
		}
	}
	return lines
}

// beside are the settings that are in no row, as options.
func (g *Group) beside(f *files) (options []string) {
	for _, b := range beside {
		controller, _, _ := strings.Cut(b.file, ".")
		folder, isV2 := g.folder(controller)
		if folder == "" || !isV2 {
			continue
		}
		if is := f.text(folder, b.file); is != "" && is != b.usual {
			options = append(options, "--set", b.file+"="+is)
		}
	}
	return options
}
