package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mini-container/lib/step"
)

// TestTightest: by what is left, not by the limit; the nearer one of two that
// are alike; and processor time by the limit.
func TestTightest(t *testing.T) {
	for _, c := range []struct {
		candidates []Bound
		at         string
		headroom   Amount
	}{
		{nil, "", ""},
		{[]Bound{{At: "own", Limit: "100", Used: "10"}, {At: "above", Limit: "1000", Used: "970"}}, "above", "30"},
		{[]Bound{{At: "own", Limit: "100", Used: "10"}, {At: "above", Limit: "100", Used: "10"}}, "own", "90"},
		{[]Bound{{At: "own", Limit: "100", Used: "0"}, {At: "above", Limit: "50", Used: "60"}, {At: "host", Limit: "900", Used: "1"}}, "above", "0"},
		{[]Bound{{At: "own", Limit: "50000 100000"}, {At: "above", Limit: "10000 10000"}, {At: "host", Limit: "200000 100000"}}, "own", ""},
		{[]Bound{{At: "own", Limit: "200000 100000"}, {At: "above", Limit: "5000 10000"}}, "above", ""},
	} {
		b, is := tightest(c.candidates)
		if is != (c.at != "") || b.At != c.at || b.Headroom != c.headroom {
			t.Errorf("%+v: %+v, %v", c.candidates, b, is)
		}
	}
}

func TestCountList(t *testing.T) {
	for list, want := range map[string]int{"": 0, "0": 1, "0-3": 4, "0-3,8": 5, "1,3,5-6\n": 4, "nonsense": 0, "3-1": 0} {
		if got := countList(list); got != want {
			t.Errorf("%q: %d, not %d", list, got, want)
		}
	}
}

// TestBoundText: each in its own words, and of very many sharers the number.
func TestBoundText(t *testing.T) {
	many := make([]Sharer, 15)
	for i := range many {
		many[i].Group = "s"
	}
	for _, c := range []struct {
		bound Bound
		want  string
	}{
		{Bound{Resource: "memory.max", Limit: "10485760", Own: true, At: "/v2/a", Headroom: "1048576"}, "memory.max       10 MiB by its own limit, 1 MiB left\n"},
		{Bound{Resource: "pids.max", Limit: "20", At: "/v2/above", Headroom: "0", Shared: []Sharer{{"web", "12"}, {"db\n", ""}}}, "pids.max         20 by /v2/above, 0 left, shared with web (12), db?\n"},
		{Bound{Resource: "cpu.max", Limit: "50000 100000", At: "host"}, "cpu.max          50% of a processor by the host\n"},
		{Bound{Resource: "cpuset.cpus", Limit: "0-1", At: "/v2/above", Shared: many}, "cpuset.cpus      0-1 by /v2/above, shared with " + strings.Repeat("s, ", 12) + "3 more\n"},
	} {
		if got := c.bound.Text(); got != c.want {
			t.Errorf("got\n%snot\n%s", got, c.want)
		}
	}
}

// TestHostBound: the host has some of everything, and more is never used than
// there is.
func TestHostBound(t *testing.T) {
	f := &files{}
	for _, file := range []string{"memory.max", "memory.swap.max", "pids.max", "cpu.max"} {
		bounds := hostBound(f, file)
		if len(bounds) != 1 || f.err != nil {
			t.Fatalf("%s: %v, %v", file, bounds, f.err)
		}
		b := bounds[0]
		limit, is := amount(string(b.Limit))
		if b.At != "host" || !is || limit <= 0 && file != "memory.swap.max" || float64(number(b.Used)) > limit {
			t.Errorf("%s: %+v", file, b)
		}
	}
	if bounds := hostBound(f, "memory.high"); bounds != nil {
		t.Errorf("%v", bounds)
	}
}

// TestEffective: the group above has less left, and another group is why.
func TestEffective(t *testing.T) {
	above := made(t, Limits{"memory.max": "67108864", "pids.max": "20", "cpu.max": "50000 100000"})
	parent := filepath.Join(above.Parent, string(above.Name))
	one, err := Open("one", parent)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Open("two", parent)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []*Group{one, two} {
		makeWith(t, g, Limits{"memory.max": "62914560", "pids.max": "30"})
		defer func() {
			if err := g.Remove().Run(step.Silent); err != nil {
				t.Error(err)
			}
		}()
	}
	bounds, err := one.Effective()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]Bound{}
	for _, b := range bounds {
		at[b.Resource] = b
	}
	if b := at["memory.max"]; !b.Own || b.Limit != "62914560" || len(b.Shared) != 0 {
		t.Errorf("%+v", b)
	}
	for resource, limit := range map[string]Amount{"pids.max": "20", "cpu.max": "50000 100000"} {
		b := at[resource]
		if b.Own || b.Limit != limit || !strings.HasSuffix(b.At, "/host-1") || len(b.Shared) != 1 || b.Shared[0].Group != "two" {
			t.Errorf("%s: %+v", resource, b)
		}
	}
	if b := at["pids.max"]; b.Headroom != "20" || b.Shared[0].Used != "0" {
		t.Errorf("%+v", b)
	}
	gone := &Group{Name: "gone", Parent: parent, host: above.host}
	if _, err := gone.Effective(); err == nil || !strings.Contains(err.Error(), "no such group") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(above.Path()); err != nil {
		t.Error(err)
	}
}

// TestProcessorsOf: the outermost group that has as few processors is the one
// that says so; a group without the controller is as the one above it.
func TestProcessorsOf(t *testing.T) {
	for _, c := range []struct {
		root, above, own string // what the kernel says, "-" where there is no file
		limit            Amount
		at               string
	}{
		{"0-3", "0-3", "0-3", "0-3", "host"},
		{"0-3", "-", "-", "0-3", "host"},
		{"0-3", "0-3", "1", "1", "own"},
		{"0-3", "0-1", "0-1", "0-1", "above"},
		{"0-3", "0-1", "0", "0", "own"},
		{"0-3", "0-1", "-", "0-1", "above"},
	} {
		root := t.TempDir()
		g := &Group{Name: "own", Parent: "above", host: &Host{unified: root, v2: []string{"cpuset"}}}
		folders := map[string]string{root: c.root, filepath.Join(root, "above"): c.above, g.Path(): c.own}
		if err := os.MkdirAll(g.Path(), 0o755); err != nil {
			t.Fatal(err)
		}
		for folder, list := range folders {
			if list == "-" {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, "cpuset.cpus.effective"), []byte(list+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f := &files{}
		b, is := g.processorsOf(f)
		if !is || f.err != nil || b.Limit != c.limit || filepath.Base(b.At) != c.at || b.Own != (c.at == "own") {
			t.Errorf("%+v: %+v, %v, %v", c, b, is, f.err)
		}
	}
	nowhere := &Group{Name: "own", Parent: "above", host: &Host{unified: "/nowhere"}}
	if b, is := nowhere.processorsOf(&files{}); is {
		t.Errorf("on cgroup v1: %+v", b)
	}
}
