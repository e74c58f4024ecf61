package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/screen"
)

type topCmd struct {
	Sort string `short:"s" enum:"memory,cpu,io,pressure" default:"memory" help:"By what: memory, cpu, io, pressure. Most comes first."`
	liveFlags
}

// Help is the example under the verb's usage.
func (topCmd) Help() string {
	return "One row for each group below the parent. " + liveHelp + " A group that comes is shown from its second look on.\n\nExample:\n\n    mc-cgroup top --sort pressure"
}

// Run looks at all groups.
func (c *topCmd) Run(env *cli.Env, all *commands) error {
	if env.Explains() {
		return nil
	}
	t := &topped{
		names:  func() ([]name.Path, error) { return cgroup.List(string(all.Parent)) },
		open:   all.open,
		by:     c.Sort,
		every:  time.Duration(c.Interval),
		groups: map[name.Path]*watched{},
	}
	if err := t.meet(); err != nil {
		return err
	}
	return c.run(env, t)
}

// topped are all groups, each with its past.
type topped struct {
	names func() ([]name.Path, error)
	open  func(name.Path) (*cgroup.Group, error)
	by    string
	every time.Duration

	groups map[name.Path]*watched
	shown  []*watched // in their order
	at     time.Time
}

// meet begins with the groups that are new, and forgets those that are gone.
func (t *topped) meet() error {
	names, err := t.names()
	if err != nil {
		return err
	}
	for n := range t.groups {
		if !slices.Contains(names, n) {
			delete(t.groups, n)
		}
	}
	for _, n := range names {
		if t.groups[n] != nil {
			continue
		}
		g, err := t.open(n)
		if err != nil {
			return err
		}
		gauge, err := g.Gauge()
		if errors.Is(err, cgroup.ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		t.groups[n] = &watched{gauge: gauge}
	}
	return nil
}

func (t *topped) look() error {
	t.at, t.shown = time.Now(), nil
	for n, w := range t.groups {
		err := w.look()
		if errors.Is(err, cgroup.ErrGone) {
			delete(t.groups, n)
			continue
		}
		if err != nil {
			return err
		}
		t.shown = append(t.shown, w)
	}
	slices.SortFunc(t.shown, t.compare)
	return t.meet()
}

// compare puts most first; what is not known is less than nothing.
func (t *topped) compare(a, b *watched) int {
	return cmp.Or(cmp.Compare(b.figure(t.by), a.figure(t.by)), strings.Compare(a.now.Group, b.now.Group))
}

// figure is what is sorted by, or NaN.
func (w *watched) figure(by string) float64 {
	switch by {
	case "memory":
		return w.memory[len(w.memory)-1]
	case "cpu":
		return cgroup.Value(w.now.CPU)
	case "io":
		return w.now.IO()
	}
	_, share := w.now.Worst()
	return share
}

// write is a line for each group, or one object for all.
func (t *topped) write(line func(string, any) error) error {
	all := struct {
		Time   float64          `json:"time"`
		Groups []*cgroup.Sample `json:"groups"`
	}{float64(t.at.UnixMicro()) / 1e6, []*cgroup.Sample{}}
	var text strings.Builder
	for _, w := range t.shown {
		all.Groups = append(all.Groups, w.now)
		text.WriteString(w.now.Text())
	}
	return line(text.String(), all)
}

const (
	leastName = 12 // columns
	mostName  = 32
)

func (t *topped) picture(p screen.Page) []string {
	width := leastName
	for _, w := range t.shown {
		width = min(max(width, len(w.now.Group)), mostName)
	}
	form := fmt.Sprintf("%%-%d.%ds  %%10s %%10s %%7s %%10s  %%-12s %%6s  ", width, width)
	head := fmt.Sprintf(form, "GROUP", "MEMORY", "MAX", "CPU", "IO", "PRESSURE", "PIDS")
	groups := "groups"
	if len(t.shown) == 1 {
		groups = "group"
	}
	lines := []string{
		fmt.Sprintf("%d %s by %s  %s, every %s", len(t.shown), groups, t.by, t.at.Format("15:04:05"), t.every),
		"",
		p.Bold(head),
	}
	for _, w := range t.shown {
		lines = append(lines, w.row(p, form, len(head)))
	}
	return lines
}

// row is a group's line: its figures, and the past of its memory where there is
// room.
func (w *watched) row(p screen.Page, form string, columns int) string {
	s := w.now
	disk, pressure := "-", "-"
	if io := s.IO(); !math.IsNaN(io) {
		disk = cgroup.PerSecond(&io)
	}
	resource, share := s.Worst()
	if !math.IsNaN(share) {
		pressure = cgroup.Percent(&share)
		if share > 0 {
			pressure += " " + resource
		}
	}
	line := fmt.Sprintf(form, s.Group, s.Memory.Size(), s.MemoryMax.Size(), cgroup.Percent(s.CPU), disk, pressure, dash(s.Pids))
	if room := p.Columns - columns; room >= leastSpark {
		memory := w.rows()[0]
		line += p.Spark(memory.past, memory.top, room)
	}
	return p.Paint(line, share, 0.1, 0.4)
}
