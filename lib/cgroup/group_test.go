package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mini-container/lib/name"
	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// group gives a group below a parent of the test's own, and checks at the end
// that nothing of it is left in any hierarchy.
func group(t *testing.T, n name.Path) *Group {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("needs root")
	}
	parent := fmt.Sprintf("mini-container-test-%d/%s", os.Getpid(), strings.ToLower(t.Name()))
	g, err := Open(n, parent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, root := range g.host.roots() {
			if left, _ := filepath.Glob(filepath.Join(root, filepath.Dir(parent), "*")); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		}
	})
	return g
}

type failing struct{ step.Final }

var errOnPurpose = errors.New("on purpose")

func (failing) Do() error   { return errOnPurpose }
func (failing) Say() string { return "false" }

// TestRollBack fails the making of a group at every step: nothing may be left
// of it, which the clean-up of group looks for.
func TestRollBack(t *testing.T) {
	g := group(t, "rolled-back")
	limits, err := g.Set(Limits{"memory.max": "10485760", "memory.swap.max": "0", "pids.max": "5", "cpu.max": "25000 100000"})
	if err != nil {
		t.Fatal(err)
	}
	plan := g.Create(limits, owner.Owner{})
	if len(plan) < 5 {
		t.Fatalf("a plan of %d steps only", len(plan))
	}
	for n := range len(plan) + 1 {
		broken := append(append(step.List{}, plan[:n]...), failing{})
		if err := broken.Run(step.Silent); !errors.Is(err, errOnPurpose) || strings.Contains(err.Error(), "undoing") {
			t.Errorf("fail at step %d: %v", n, err)
		}
		if g.Exists() {
			t.Errorf("fail at step %d: the group is there", n)
		}
	}
	// And it can be made after all that.
	if err := plan.Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	if err := g.Remove().Run(step.Silent); err != nil {
		t.Fatal(err)
	}
}

// TestSetRollBack fails a change of limits at every step: those of before must
// hold.
func TestSetRollBack(t *testing.T) {
	g := group(t, "limits")
	before := Limits{"memory.max": "16777216", "memory.swap.max": "1048576", "pids.max": "7", "cpu.max": "30000 100000"}
	makeWith(t, g, before)
	defer func() { _ = g.Remove().Run(step.Silent) }()
	plan, err := g.Set(Limits{"memory.max": "33554432", "memory.swap.max": "0", "pids.max": "max", "cpu.max": "max 100000"})
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(plan) + 1 {
		broken := append(append(step.List{}, plan[:n]...), failing{})
		if err := broken.Run(step.Silent); !errors.Is(err, errOnPurpose) {
			t.Fatal(err)
		}
		for _, k := range knobs {
			if is := g.get(&files{}, k); before[k.file] != "" && is != before[k.file] {
				t.Errorf("fail at step %d: %s is %s, was %s", n, k.file, is, before[k.file])
			}
		}
	}
}

// TestSetOrder walks through limits up and down, in which v1 allows only one
// order of writes.
func TestSetOrder(t *testing.T) {
	g := group(t, "order")
	makeWith(t, g, Limits{})
	defer func() { _ = g.Remove().Run(step.Silent) }()
	for _, l := range []Limits{
		{"memory.max": "10485760", "memory.swap.max": "0"},
		{"memory.max": "104857600", "memory.swap.max": "0"},
		{"memory.max": "4194304", "memory.swap.max": "4194304"},
		{"memory.max": "8388608"},
		{"memory.swap.max": "max"},
		{"memory.max": "max", "memory.swap.max": "max"},
		{"memory.max": "1048576", "memory.swap.max": "1048576"},
	} {
		plan, err := g.Set(l)
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.Run(step.Silent); err != nil {
			t.Fatalf("%v: %v", l, err)
		}
		for _, k := range knobs {
			if is := g.get(&files{}, k); l[k.file] != "" && is != l[k.file] {
				t.Errorf("%v: %s is %s", l, k.file, is)
			}
		}
	}
}

func makeWith(t *testing.T, g *Group, l Limits) {
	t.Helper()
	limits, err := g.Set(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Create(limits, owner.Owner{}).Run(step.Silent); err != nil {
		t.Fatal(err)
	}
}

// TestForeignParent keeps a parent that somebody else made.
func TestForeignParent(t *testing.T) {
	g := group(t, "guest")
	foreign := filepath.Join(g.host.unified, g.Parent)
	if err := os.MkdirAll(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	makeWith(t, g, Limits{})
	if err := g.Remove().Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a parent that is not ours was removed: %v", err)
	}
	_ = os.Remove(foreign)
	_ = os.Remove(filepath.Dir(foreign))
}

func TestNowhere(t *testing.T) {
	g := &Group{Name: "host-1", Parent: "p", host: &Host{unified: "/nowhere", v1: map[string]string{}}}
	_, err := g.Set(Limits{"pids.max": "5"})
	if err == nil || !strings.Contains(err.Error(), "controller pids") {
		t.Errorf("a limit without its controller: %v", err)
	}
}

func TestMountinfo(t *testing.T) {
	h := &Host{v1: map[string]string{}, from: map[string]string{}}
	err := h.read(strings.NewReader(strings.Join([]string{
		`31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755`,
		`35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`,
		`36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:5 - cgroup cgroup rw,cpu,cpuacct`,
		`41 31 0:38 / /sys/fs/my\040groups rw,relatime - cgroup2 cgroup2 rw`,
		`garbage`,
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if h.unified != "/sys/fs/my groups" || h.v1["memory"] != "/sys/fs/cgroup/memory" || h.v1["cpu"] != "/sys/fs/cgroup/cpu,cpuacct" {
		t.Errorf("%+v", h)
	}
	if root, isV2 := h.on("memory"); root != "/sys/fs/cgroup/memory" || isV2 {
		t.Errorf("memory on %s, v2: %v", root, isV2)
	}
	if root, _ := h.on("pids"); root != "" {
		t.Errorf("pids on %s", root)
	}
}

// TestUnmounted reads the way out: a v2 tree in the place of v1's would hide
// its controllers.
func TestUnmounted(t *testing.T) {
	for point, v1 := range map[string]map[string]string{
		" /sys/fs/cgroup ":         {},
		" /sys/fs/cgroup/unified ": {"memory": "/sys/fs/cgroup/memory"},
	} {
		if err := (&Host{v1: v1}).errUnmounted(); !strings.Contains(err.Error(), point) {
			t.Errorf("%v: %v", v1, err)
		}
	}
}
