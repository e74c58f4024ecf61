package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/screen"
)

type watchCmd struct {
	Name name.Path `arg:"" help:"Name of the group."`
	liveFlags
}

// Help is the example under the verb's usage.
func (watchCmd) Help() string {
	return "Memory, processors, disks and pressure, with their past. " + liveHelp + " It ends with the group.\n\nExample:\n\n    mc-cgroup watch host-1 --json --interval 5 | jq -c '[.time, .cpu]'"
}

// Run looks at the group until it goes.
func (c *watchCmd) Run(env *cli.Env, all *commands) error {
	g, err := all.existing(c.Name)
	if err != nil || env.Explains() {
		return err
	}
	gauge, err := g.Gauge()
	if err != nil {
		return err
	}
	return c.run(env, &watched{gauge: gauge, interval: time.Duration(c.Interval)})
}

// watched is one group, and its past.
type watched struct {
	gauge    *cgroup.Gauge
	interval time.Duration
	now      *cgroup.Sample
	memory   series // bytes
	cpu      series // processors
	io       series // bytes a second
	waits    map[string]*series
}

func (w *watched) look() error {
	s, err := w.gauge.Sample()
	if err != nil {
		return err
	}
	w.take(s)
	return nil
}

func (w *watched) take(s *cgroup.Sample) {
	w.now = s
	memory, err := strconv.ParseFloat(string(s.Memory), 64)
	if err != nil {
		memory = math.NaN()
	}
	w.memory.add(memory)
	w.cpu.add(cgroup.Value(s.CPU))
	w.io.add(s.IO())
	if w.waits == nil {
		w.waits = map[string]*series{}
	}
	for _, resource := range resources {
		if w.waits[resource] == nil {
			w.waits[resource] = &series{}
		}
		w.waits[resource].add(cgroup.Value(s.Pressure[resource]))
	}
}

// resources are those that a process may wait for.
var resources = []string{"memory", "cpu", "io"}

func (w *watched) write(line func(string, any) error) error { return line(w.now.Text(), w.now) }

const (
	labelColumns = 18
	valueColumns = 30
	leastSpark   = 8 // columns: of less there is nothing to see
)

// row is a line of the picture: a word, a figure, its past, and how much of
// what there is that is.
type row struct {
	word, value string
	past        series
	top, share  float64
	warm, hot   float64
}

func (w *watched) rows() []row {
	s := w.now
	memory, cpu := s.Share()
	limit, err := strconv.ParseFloat(string(s.MemoryMax), 64)
	if err != nil {
		limit = w.memory.top(1)
	}
	processors, of := w.cpu.top(1), ""
	if s.CPUMax != nil {
		processors, of = *s.CPUMax, " of "+cgroup.Percent(s.CPUMax)
	}
	rows := []row{
		{"memory", s.Memory.Size() + " of " + s.MemoryMax.Size(), w.memory, limit, memory, 0.8, 0.95},
		{"cpu", cgroup.Percent(s.CPU) + of, w.cpu, processors, cpu, 0.8, 0.95},
		{"io", "read " + cgroup.PerSecond(s.Read) + ", write " + cgroup.PerSecond(s.Written), w.io, w.io.top(1), 0, 1, 1},
	}
	for _, resource := range resources {
		share := cgroup.Value(s.Pressure[resource])
		rows = append(rows, row{resource + " pressure", cgroup.Percent(s.Pressure[resource]), *w.waits[resource], 1, share, 0.1, 0.4})
	}
	return rows
}

func (w *watched) picture(p screen.Page) []string {
	s := w.now
	at := time.UnixMicro(int64(s.Time * 1e6)).Format("15:04:05")
	lines := []string{
		fmt.Sprintf("%s  %s, %s of %s processes  %s, every %s", p.Bold(s.Group), s.Condition, dash(s.Pids), dash(s.PidsMax), at, w.interval),
		"",
	}
	for _, r := range w.rows() {
		lines = append(lines, r.line(p))
	}
	events, processes := s.Happened()
	return append(lines, "",
		fmt.Sprintf("%-*s%s, throttled %s", labelColumns, "swap", s.Swap.Size(), cgroup.Percent(s.Throttled)),
		fmt.Sprintf("%-*s%s", labelColumns, "events", events),
		fmt.Sprintf("%-*s%s", labelColumns, "processes", processes))
}

// line is the row in a window: a narrow one has no room for the past.
func (r row) line(p screen.Page) string {
	line := fmt.Sprintf("%-*s%s", labelColumns, r.word, r.value)
	columns := p.Columns - labelColumns - valueColumns
	if columns < leastSpark {
		return p.Paint(line, r.share, r.warm, r.hot)
	}
	blank := strings.Repeat(" ", max(1, valueColumns-len(r.value)))
	return line + blank + p.Paint(p.Spark(r.past, r.top, columns), r.share, r.warm, r.hot)
}

func dash(a cgroup.Amount) string {
	if a == "" {
		return "-"
	}
	return string(a)
}
