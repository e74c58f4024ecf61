package cgroup

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// ErrGone is the error of a look at a group that was removed meanwhile.
var ErrGone = errors.New("was removed")

// Gauge looks at a group again and again, and says what went on in between.
type Gauge struct {
	group  *Group
	before *State
	at     time.Time
}

// Gauge begins with a first look.
func (g *Group) Gauge() (*Gauge, error) {
	m := &Gauge{group: g, at: time.Now()}
	var err error
	m.before, err = m.look()
	return m, err
}

func (m *Gauge) look() (*State, error) {
	s, err := m.group.Show()
	if !there(m.group.Path()) {
		return nil, fmt.Errorf("%s: %w", m.group.Name, ErrGone)
	}
	return s, err
}

// Sample is a group at one moment, and what it has done since the one before.
// What this kernel does not say is null.
type Sample struct {
	Time      float64             `json:"time"` // in seconds since the epoch
	Group     string              `json:"group"`
	Condition string              `json:"state"` // empty, running, frozen
	Memory    Amount              `json:"memory_current"`
	MemoryMax Amount              `json:"memory_max"`
	Swap      Amount              `json:"memory_swap_current"`
	CPU       *float64            `json:"cpu"`       // processors, as 0.25
	CPUMax    *float64            `json:"cpu_max"`   // the same; null is no limit
	Throttled *float64            `json:"throttled"` // of the time, for all processors together
	Read      *float64            `json:"io_read"`   // bytes a second
	Written   *float64            `json:"io_written"`
	Pressure  map[string]*float64 `json:"pressure"` // of the time did somebody wait: 0 to 1
	Pids      Amount              `json:"pids_current"`
	PidsMax   Amount              `json:"pids_max"`
	Events    map[string]uint64   `json:"events"` // so far

	state *State
}

// Sample looks again.
func (m *Gauge) Sample() (*Sample, error) {
	now := time.Now()
	s, err := m.look()
	if err != nil {
		return nil, err
	}
	sample := s.Since(m.before, now.Sub(m.at))
	sample.Time = float64(now.UnixMicro()) / 1e6
	m.before, m.at = s, now
	return sample, nil
}

// Since compares with an earlier state.
func (s *State) Since(before *State, passed time.Duration) *Sample {
	micros := float64(max(passed.Microseconds(), 1))
	rate := func(now, then uint64, unit float64) *float64 {
		if now < then {
			then = now // it was made anew, or who has done it is gone
		}
		share := float64(now-then) / micros * unit
		return &share
	}
	is := &Sample{
		Group: s.Name, Condition: s.Condition(), Events: s.Events, Pressure: map[string]*float64{},
		Memory: s.Memory, MemoryMax: s.Limits["memory_max"], Swap: s.Swap, Pids: s.Pids, PidsMax: s.Limits["pids_max"],
		state: s,
	}
	if s.CPU != "" {
		is.CPU = rate(number(s.CPU), number(before.CPU), 1)
	}
	if s.Throttled != "" {
		is.Throttled = rate(number(s.Throttled), number(before.Throttled), 1)
	}
	if share, limited := amount(string(s.Limits["cpu_max"])); limited {
		is.CPUMax = &share
	}
	if s.IO != nil && before.IO != nil && s.IO.Living == before.IO.Living {
		is.Read = rate(s.IO.Read, before.IO.Read, 1e6)
		is.Written = rate(s.IO.Written, before.IO.Written, 1e6)
	}
	for _, resource := range pressures {
		is.Pressure[resource] = nil
		if now, then := s.Pressure[resource], before.Pressure[resource]; now != nil && then != nil {
			share := min(1, *rate(now.Some.Total, then.Some.Total, 1))
			is.Pressure[resource] = &share
		}
	}
	return is
}

// Value is one that was measured, or NaN.
func Value(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// Percent is a share in words, or a dash.
func Percent(v *float64) string {
	if v == nil {
		return orDash("")
	}
	return fmt.Sprintf("%.0f%%", 100**v)
}

// IO is what was read and written, in bytes a second, or NaN.
func (s *Sample) IO() float64 { return Value(s.Read) + Value(s.Written) }

// Share is how much of the limit is in use: NaN where there is none.
func (s *Sample) Share() (memory, cpu float64) {
	memory, cpu = math.NaN(), math.NaN()
	if share, known := shareOf(s.Memory, s.MemoryMax); known {
		memory = share
	}
	if s.CPU != nil && s.CPUMax != nil {
		cpu = *s.CPU / *s.CPUMax
	}
	return memory, cpu
}

// Worst is the resource that was waited for most, and for how much of the time;
// NaN where this kernel does not say so.
func (s *Sample) Worst() (resource string, share float64) {
	share = math.NaN()
	for _, r := range pressures {
		if v := Value(s.Pressure[r]); math.IsNaN(share) || v > share {
			resource, share = r, v
		}
	}
	return resource, share
}

// Size is an amount of bytes as people read it, with no blank in it.
func (a Amount) Size() string { return size(a) }

// PerSecond is a rate of bytes as people read it.
func PerSecond(v *float64) string {
	if v == nil {
		return orDash("")
	}
	return size(decimalAmount(uint64(*v))) + "/s"
}

// Text is the sample as a line: words and figures in turns, as awk(1) takes them.
func (s *Sample) Text() string {
	at := time.UnixMicro(int64(s.Time * 1e6)).Format("15:04:05.000")
	words := []string{at, s.Group, s.Condition}
	add := func(word, figure string) { words = append(words, word, figure) }
	add("memory", s.Memory.Size())
	add("max", s.MemoryMax.Size())
	add("swap", s.Swap.Size())
	add("cpu", Percent(s.CPU))
	add("throttled", Percent(s.Throttled))
	add("read", PerSecond(s.Read))
	add("written", PerSecond(s.Written))
	for _, resource := range pressures {
		add(resource+"-pressure", Percent(s.Pressure[resource]))
	}
	add("pids", orDash(string(s.Pids)))
	add("oom-kills", orDash(string(s.state.OOMKills)))
	return strings.Join(words, " ") + "\n"
}

// Happened are the events so far, and the processes, each as words.
func (s *Sample) Happened() (events, processes string) {
	return s.state.eventText(), s.state.processText()
}
