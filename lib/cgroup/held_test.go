package cgroup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestHeldJSON: a size is a number, and a list of one processor is text.
func TestHeldJSON(t *testing.T) {
	h := Held{"memory_max": "4096", "pids_max": "max", "cpuset_cpus": "0", "cpuset_mems": "0-1", "memory_high": ""}
	got, err := json.Marshal(h)
	const want = `{"cpuset_cpus":"0","cpuset_mems":"0-1","memory_high":null,"memory_max":4096,"pids_max":"max"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestKnown finds the sizes of huge pages in a folder that has two, those of
// reservations too.
func TestKnown(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "a")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"hugetlb.2MB.max", "hugetlb.1GB.max", "hugetlb.2MB.current", "hugetlb.2MB.rsvd.max", "cgroup.controllers"} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte("hugetlb\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := &Group{Name: "a", host: &Host{unified: root, v2: []string{"hugetlb"}}}
	f := new(files)
	got := map[string]string{}
	for _, k := range g.known(f) {
		if k.controller == "hugetlb" {
			got[k.member] = k.file
		}
	}
	if len(got) != 3 || got["hugetlb_2MB_rsvd_max"] != "hugetlb.2MB.rsvd.max" || got["hugetlb_2MB_max"] != "hugetlb.2MB.max" || fileOf("hugetlb_1GB_max") != "hugetlb.1GB.max" {
		t.Errorf("%v", got)
	}
	if fileOf("memory_swap_max") != "memory.swap.max" || len(g.known(f)) != len(knobs)+2 {
		t.Errorf("%v", g.known(f))
	}
}

// TestBeside: what is a limit already is not said a second time.
func TestBeside(t *testing.T) {
	for _, b := range beside {
		if _, known := knobOf(b.file); known {
			t.Errorf("%s has a row of its own", b.file)
		}
	}
}
