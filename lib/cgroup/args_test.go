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
	s.Limits = map[string]Amount{
		"pids_max": "5", "cpu_weight": "50", "io_weight": "default 200\n7:0 50", "memory_high": "max", "cpuset_cpus": "0-1,3",
		"io_max": "8:0 rbps=1 wbps=max riops=max wiops=max", "hugetlb_2MB_max": "4194304",
	}
	want = "mc-cgroup|create|a|--pids-max|5|--set|cpu.weight=50|--set|cpuset.cpus=0-1,3|--set|hugetlb.2MB.max=4194304|" +
		"--set|io.max=8:0 rbps=1 wbps=max riops=max wiops=max|--set|io.weight=default 200|--set|io.weight=7:0 50|--set|memory.high=max"
	if got := strings.Join(s.Args(), "|"); got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
