package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestForetell: what is in use is more than the limit, or it is not; on v1 a
// limit may be refused that kills on v2.
func TestForetell(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "p", "host-1")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"memory.current": "8388608", "memory.usage_in_bytes": "8388608", "memory.swap.current": "1048576", "pids.current": "7",
	} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v2 := &Group{Name: "host-1", Parent: "p", host: &Host{unified: root, v2: []string{"memory", "pids"}}}
	v1 := &Group{Name: "host-1", Parent: "p", host: &Host{unified: "/nowhere", v1: map[string]string{"memory": root, "pids": root}}}
	for _, c := range []struct {
		g    *Group
		l    Limits
		want []string
	}{
		{v2, Limits{"memory.max": "4194304", "pids.max": "7"}, []string{"host-1: memory.max: 8 MiB in use, of which 4 MiB may be: the rest is pushed out, and if that is not enough, processes are killed"}},
		{v1, Limits{"memory.max": "4194304"}, []string{"host-1: memory.max: 8 MiB in use, of which 4 MiB may be: the rest is pushed out, or the limit is refused"}},
		{v1, Limits{"pids.max": "5"}, []string{"host-1: pids.max: 7 processes and threads, of which 5 may be: none is ended, and no other can be started before there are fewer"}},
		{v2, Limits{"memory.high": "0", "memory.swap.max": "0"}, []string{
			"host-1: memory.high: 8 MiB in use, of which 0 may be: the rest is pushed out, and the processes are slowed down meanwhile",
			"host-1: memory.swap.max: 1 MiB in use, of which 0 may be: it stays there, and nothing more goes there"}},
		{v2, Limits{"memory.max": "max", "pids.max": "max", "memory.swap.max": "max", "cpu.max": "1000 100000"}, nil},
		{v2, Limits{"memory.max": "8388608", "memory.swap.max": "1048576"}, nil},
		{v1, Limits{"memory.high": "0"}, nil},
		{&Group{Name: "host-1", host: &Host{unified: "/nowhere", v2: []string{"memory", "pids"}}}, Limits{"memory.max": "1", "pids.max": "0"}, nil},
		{&Group{Name: "host-1", host: &Host{unified: "/nowhere"}}, Limits{"memory.max": "1"}, nil},
	} {
		if got := c.g.Foretell(c.l); !slices.Equal(got, c.want) {
			t.Errorf("%v:\n%q\n%q", c.l, got, c.want)
		}
	}
}
