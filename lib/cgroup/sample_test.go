package cgroup

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"mini-container/lib/step"
)

// TestSample: what went on in two seconds.
func TestSample(t *testing.T) {
	before, now := full(), full()
	now.CPU, now.Throttled, now.Memory = "2500000", "1250000", "7340032"
	now.IO = &IO{Read: 4096 + 8192, Written: 2 << 20}
	now.Pressure = map[string]*Pressure{"cpu": {Some: Waits{Total: 500000}}}
	s := now.Since(before, 2*time.Second)
	memory, cpu := s.Share()
	if Value(s.CPU) != 0.5 || Value(s.CPUMax) != 0.25 || cpu != 2 || Value(s.Throttled) != 0.5 || memory != 0.7 {
		t.Errorf("%+v: %v %v", s, memory, cpu)
	}
	if Value(s.Read) != 4096 || Value(s.Written) != 0 || s.IO() != 4096 || Value(s.Pressure["cpu"]) != 0.25 || s.Pressure["io"] != nil {
		t.Errorf("%+v", s)
	}
	if resource, share := s.Worst(); resource != "cpu" || share != 0.25 {
		t.Errorf("%s %v", resource, share)
	}
	s.Time = 1
	want := "host-1 running memory 7MiB max 10MiB swap 0B cpu 50% throttled 50% read 4KiB/s written 0B/s " +
		"memory-pressure - cpu-pressure 25% io-pressure - pids 2 oom-kills 1\n"
	if text := s.Text(); !strings.HasSuffix(text, want) {
		t.Errorf("%s", text)
	}
	if events, processes := s.Happened(); events != "memory.max 12, memory.oom_kill 1" || !strings.Contains(processes, ownName(t)) {
		t.Errorf("%s, %s", events, processes)
	}
}

// TestSampleBackwards: counters that are lower than before are of a group that
// was made anew, and nothing is negative.
func TestSampleBackwards(t *testing.T) {
	before, now := full(), full()
	now.CPU, now.Throttled, now.IO = "1", "0", &IO{}
	before.Pressure["cpu"].Some.Total = 1 << 40
	s := now.Since(before, time.Second)
	if Value(s.CPU) != 0 || Value(s.Throttled) != 0 || s.IO() != 0 || Value(s.Pressure["cpu"]) != 0 {
		t.Errorf("%+v", s)
	}
	// A pressure that was measured in the midst of a wait is never above all.
	now.Pressure["cpu"] = &Pressure{Some: Waits{Total: 1 << 41}}
	if s := now.Since(before, time.Second); Value(s.Pressure["cpu"]) != 1 {
		t.Errorf("%+v", s)
	}
}

// TestSampleNothing: what this kernel does not say is null, a dash, and no number.
func TestSampleNothing(t *testing.T) {
	s := (&State{Name: "a"}).Since(&State{Name: "a"}, 0)
	memory, cpu := s.Share()
	if _, worst := s.Worst(); !math.IsNaN(memory) || !math.IsNaN(cpu) || !math.IsNaN(worst) || !math.IsNaN(s.IO()) {
		t.Errorf("%+v", s)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"cpu":null`, `"io_read":null`, `"memory_current":null`, `"pressure":{"cpu":null,"io":null,"memory":null}`, `"state":"empty"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if line := s.Text(); strings.Contains(line, "NaN") || !strings.Contains(line, " cpu - throttled - read - written - ") {
		t.Errorf("%s", line)
	}
}

// TestGauge measures a group that works, and then is gone.
func TestGauge(t *testing.T) {
	g := made(t, Limits{"memory.max": "67108864"})
	m, err := g.Gauge()
	if err != nil {
		t.Fatal(err)
	}
	if status, err := ran(t, g, "sh", "-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"); status != 0 || err != nil {
		t.Fatalf("%d, %v", status, err)
	}
	s, err := m.Sample()
	if err != nil || Value(s.CPU) <= 0 || s.MemoryMax != "67108864" || s.Condition != "empty" || s.Time < 1e9 {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err = m.Sample(); err != nil || Value(s.CPU) > 0.01 {
		t.Errorf("an empty one works: %+v, %v", s, err)
	}
	if err := g.Remove().Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Sample(); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "host-1: was removed") {
		t.Errorf("%v", err)
	}
	if _, err := g.Gauge(); !errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
}

// TestFigures: each has a unit, no blank in it, and a dash where there is none.
func TestFigures(t *testing.T) {
	at := func(v float64) *float64 { return &v }
	for _, c := range []struct{ got, want string }{
		{PerSecond(nil), "-"},
		{PerSecond(at(0)), "0B/s"},
		{PerSecond(at(1536.7)), "1.5KiB/s"},
		{PerSecond(at(3 << 30)), "3GiB/s"},
		{Percent(nil), "-"},
		{Percent(at(0.004)), "0%"},
		{Percent(at(0.126)), "13%"},
		{Percent(at(2.5)), "250%"},
		{Amount("").Size(), "-"},
		{Amount("max").Size(), "max"},
		{Amount("0").Size(), "0B"},
		{Amount("10485760").Size(), "10MiB"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
	if !math.IsNaN(Value(nil)) || Value(at(3)) != 3 {
		t.Error("what was not measured is a number")
	}
}
