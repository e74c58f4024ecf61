package cgroup

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/go-units"
)

// Amount is a number, or max: "max" in JSON, and absent is null.
type Amount string

// MarshalJSON writes a number where it is one.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a == "" {
		return []byte("null"), nil
	}
	if _, err := strconv.ParseUint(string(a), 10, 64); err == nil {
		return []byte(a), nil
	}
	return json.Marshal(string(a))
}

// State is what the kernel says of a group. Sizes are in bytes, times in
// microseconds; a figure that this kernel does not give is null.
type State struct {
	Name        string            `json:"name"`
	Path        string            `json:"path"`
	Controllers map[string]string `json:"controllers"` // the folder in which each is
	Limits      Held              `json:"limits"`
	Memory      Amount            `json:"memory_current"`
	MemoryPeak  Amount            `json:"memory_peak"`
	Swap        Amount            `json:"memory_swap_current"`
	Pids        Amount            `json:"pids_current"`
	CPU         Amount            `json:"cpu_usage_usec"`
	Throttled   Amount            `json:"cpu_throttled_usec"`
	LimitHits   Amount            `json:"memory_limit_hits"` // times that the limit was run into
	OOMs        Amount            `json:"ooms"`              // and nothing could be pushed out; v2 only
	OOMKills    Amount            `json:"oom_kills"`
	ForkRefused Amount            `json:"forks_refused"`
	Populated   bool              `json:"populated"`
	Processes   []int             `json:"processes"`
	Owner       int               `json:"owner"` // the process that it belongs to, 0 for none

	PidsPeak Amount               `json:"pids_peak"`
	User     Amount               `json:"cpu_user_usec"`
	System   Amount               `json:"cpu_system_usec"`
	IO       *IO                  `json:"io"`
	Pressure map[string]*Pressure `json:"pressure"` // of memory, cpu and io
	Frozen   bool                 `json:"frozen"`
	Events   map[string]uint64    `json:"events"` // by the names that the stream of events has
}

// Show reads the group's state from the kernel.
func (g *Group) Show() (*State, error) {
	if !g.Exists() {
		return nil, fmt.Errorf("%s: no such group (%s)", g.Name, g.Path())
	}
	f := &files{}
	pids := g.pids(f)
	its, err := g.Owner()
	if err != nil {
		return nil, err
	}
	s := &State{
		Name: string(g.Name), Path: g.Path(),
		Controllers: map[string]string{}, Limits: g.held(f),
		Processes: append([]int{}, pids...),
		CPU:       f.field(g.Path(), "cpu.stat", "usage_usec"),
		User:      f.field(g.Path(), "cpu.stat", "user_usec"),
		System:    f.field(g.Path(), "cpu.stat", "system_usec"),
		IO:        g.diskUse(f, pids),
		Pressure:  g.pressure(f),
		Owner:     its.PID(),
	}
	s.Populated = len(s.Processes) > 0 || f.field(g.Path(), "cgroup.events", "populated") == "1"
	for _, c := range controllers {
		if folder, _ := g.folder(c); folder != "" {
			s.Controllers[c] = folder
		}
	}
	g.memory(f, s)
	g.happened(f, s)
	if folder, _ := g.folder("pids"); folder != "" {
		s.Pids = Amount(f.text(folder, "pids.current"))
		s.PidsPeak = Amount(f.text(folder, "pids.peak"))
		s.ForkRefused = f.field(folder, "pids.events", "max")
	}
	if folder, isV2 := g.folder("cpu"); isV2 {
		s.Throttled = f.field(folder, "cpu.stat", "throttled_usec")
	} else if ns, err := strconv.ParseUint(string(f.field(folder, "cpu.stat", "throttled_time")), 10, 64); err == nil {
		s.Throttled = Amount(strconv.FormatUint(ns/1000, 10))
	}
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", g.Name, f.err)
	}
	return s, nil
}

func (g *Group) memory(f *files, s *State) {
	folder, isV2 := g.folder("memory")
	switch {
	case folder == "":
	case isV2:
		s.Memory = Amount(f.text(folder, "memory.current"))
		s.MemoryPeak = Amount(f.text(folder, "memory.peak"))
		s.Swap = Amount(f.text(folder, "memory.swap.current"))
		s.LimitHits = f.field(folder, "memory.events", "max")
		s.OOMs = f.field(folder, "memory.events", "oom")
		s.OOMKills = f.field(folder, "memory.events", "oom_kill")
	default:
		s.Memory = Amount(f.text(folder, "memory.usage_in_bytes"))
		s.MemoryPeak = Amount(f.text(folder, "memory.max_usage_in_bytes"))
		s.Swap = f.field(folder, "memory.stat", "swap")
		s.LimitHits = limitHits(f, folder)
		s.OOMKills = f.field(folder, "memory.oom_control", "oom_kill")
	}
}

// happened are the events so far, and what of them is a state.
func (g *Group) happened(f *files, s *State) {
	s.Events = g.counts(f)
	s.Frozen = s.Events[eventFrozen] > 0
	for state := range ends {
		delete(s.Events, state)
	}
}

// Row is the state as a line of columns: what it is called there, memory, its
// limit, processes, their limit, path.
func (s *State) Row(as string) string {
	return fmt.Sprintf("%-20s %-10s %-10s %-6s %-6s %s\n", as, size(s.Memory), size(s.Limits["memory_max"]),
		orDash(string(s.Pids)), orDash(string(s.Limits["pids_max"])), s.Path)
}

// Heading is the line above the rows.
func Heading() string {
	return fmt.Sprintf("%-20s %-10s %-10s %-6s %-6s %s\n", "NAME", "MEMORY", "MAX", "PIDS", "MAX", "GROUP")
}

func size(a Amount) string {
	if n, err := strconv.ParseUint(string(a), 10, 63); err == nil {
		return strings.ReplaceAll(units.BytesSize(float64(n)), " ", "")
	}
	return orDash(string(a))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
