package cgroup

import (
	"strings"
	"testing"
)

// TestArgs reads the flags of a group's limits: what is not limited has none.
func TestArgs(t *testing.T) {
	s := &State{Name: "a", Limits: map[string]Amount{
		"memory_max": "1048576", "memory_swap_max": "0", "pids_max": "max", "cpu_max": "50000 100000", "cpu_none": "",
	}}
	want := "mc-cgroup|create|a|--cpu-max|50000 100000|--memory-max|1048576|--swap-max|0"
	if got := strings.Join(s.Args(), "|"); got != want {
		t.Errorf("%s, not %s", got, want)
	}
	s.Limits = map[string]Amount{"cpu_max": "max 100000"}
	if got := strings.Join(s.Args(), "|"); got != "mc-cgroup|create|a" {
		t.Error(got)
	}
}
