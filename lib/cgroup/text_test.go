package cgroup

import (
	"os"
	"strings"
	"testing"
)

// full is a state in which everything has happened.
func full() *State {
	return &State{
		Name: "host-1", Path: "/v2/host-1",
		Controllers: map[string]string{"memory": "/v1/memory/host-1", "cpu": "/v2/host-1"},
		Limits: map[string]Amount{
			"memory_max": "10485760", "memory_swap_max": "0", "pids_max": "8", "cpu_max": "25000 100000",
			"memory_high": "8388608", "cpuset_cpus": "0",
		},
		Memory: "5242880", MemoryPeak: "10485760", Swap: "0", Pids: "2", PidsPeak: "6",
		CPU: "1500000", User: "1000000", System: "500000", Throttled: "250000",
		LimitHits: "12", OOMKills: "1", ForkRefused: "3", Populated: true,
		Processes: []int{os.Getpid()}, Owner: 7, IO: &IO{Read: 4096, Written: 2 << 20},
		Pressure: map[string]*Pressure{"cpu": {Some: Waits{Avg10: 15, Avg60: 3, Avg300: 1}, Full: Waits{Avg10: 2}}},
		Events:   map[string]uint64{"memory.max": 12, "memory.oom_kill": 1, "memory.low": 0},
	}
}

// TestText has each figure with its unit, on lines that begin with a word.
func TestText(t *testing.T) {
	text := full().Text()
	for _, want := range []string{
		"name       host-1\n",
		"group      /v2/host-1\n           memory in /v1/memory/host-1\nstate      running\n",
		"memory     5 MiB of 10 MiB (50%), peak 10 MiB, swap 0 of 0\n           limit hit 12 times, 1 killed for want of it\n",
		"pids       2 of 8, peak 6, 3 forks refused\n",
		"cpu        1.50 s used (user 1.00, system 0.50), limit 25% of a processor, throttled for 0.25 s\n",
		"io         4 KiB read, 2 MiB written\n",
		"limits     cpuset_cpus 0\n           memory_high 8388608\npressure ",
		"pressure   cpu    waited for 15% of the last 10 s, 3% of 60 s, 1% of 300 s (all at once 2%, 0%, 0%)\n",
		"events     memory.max 12, memory.oom_kill 1\n",
		"owner      process 7\n",
		"processes  " + decimal(uint64(os.Getpid())) + " " + ownName(t) + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestTextOfNothing has a dash where the kernel says nothing, and no bracket.
func TestTextOfNothing(t *testing.T) {
	text := (&State{Name: "a", Path: "/v2/a"}).Text()
	for _, want := range []string{
		"state      empty\n", "memory     - of -, peak -, swap - of -\n", "pids       - of -, peak -, - forks refused\n",
		"cpu        - s used (user -, system -), limit -, throttled for - s\n", "io         -\n",
		"pressure   not measured by this kernel (boot it with psi=1)\n", "events     none\n", "processes  -\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "owner") || strings.Contains(text, "limits") {
		t.Errorf("too much is told:\n%s", text)
	}
}

// TestTextOfMany fits a screen.
func TestTextOfMany(t *testing.T) {
	s := full()
	s.Frozen = true
	s.Processes = nil
	for pid := range 1000 {
		s.Processes = append(s.Processes, 1<<30+pid)
	}
	text := s.Text()
	if !strings.Contains(text, ", and 988 more\n") || !strings.Contains(text, "state      frozen\n") || strings.Count(text, "\n") > 24 {
		t.Errorf("%d lines:\n%s", strings.Count(text, "\n"), text)
	}
}

func TestProcessors(t *testing.T) {
	for limit, want := range map[Amount]string{
		"": "-", "max 100000": "none", "25000 100000": "25% of a processor", "100000 100000": "100% of a processor",
		"200000 100000": "2 processors", "1000 1000000": "0.1% of a processor", "150000 100000": "1.5 processors",
	} {
		if got := processors(limit); got != want {
			t.Errorf("%q: %s, not %s", limit, got, want)
		}
	}
}

// ownName is what proc_pid_comm(5) says of the test itself.
func ownName(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
