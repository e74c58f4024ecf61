package main

import (
	"strings"
	"testing"

	"mini-container/lib/cgroup"
)

func named(names ...string) (states []*cgroup.State) {
	for _, n := range names {
		states = append(states, &cgroup.State{Name: n, Path: "/v2/" + n, Memory: "1024"})
	}
	return states
}

// TestLsText: columns that a blank parts, indented by how deep a group is, and
// the names alone.
func TestLsText(t *testing.T) {
	states := named("db", "web", "web/api", "web/api/worker-1", "web/batch", "x")
	plain := (&lsCmd{}).text(states)
	for i, line := range strings.Split(strings.TrimSpace(plain), "\n") {
		words := strings.Fields(line)
		if len(words) != 6 || i > 0 && (words[0] != states[i-1].Name || words[1] != "1KiB" || words[5] != states[i-1].Path) {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if got := (&lsCmd{Quiet: true}).text(states); got != "db\nweb\nweb/api\nweb/api/worker-1\nweb/batch\nx\n" {
		t.Errorf("%q", got)
	}
	if got := (&lsCmd{Quiet: true, Tree: true}).text(states); got != "db\nweb\n  api\n    worker-1\n  batch\nx\n" {
		t.Errorf("%q", got)
	}
	tree := strings.Split((&lsCmd{Tree: true}).text(states), "\n")
	if !strings.HasPrefix(tree[0], "NAME ") || !strings.HasPrefix(tree[4], "    worker-1         1KiB ") || !strings.HasSuffix(tree[4], " /v2/web/api/worker-1") {
		t.Errorf("%q", tree)
	}
	if got := (&lsCmd{}).text(nil); got != "" {
		t.Errorf("of none: %q", got)
	}
}
