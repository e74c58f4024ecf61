package cgroup

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestOneLock: whoever comes while the parents are being made, or removed, locks
// the same file: no two are ever inside.
func TestOneLock(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "cgroup.procs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := &Group{Name: "x", Parent: "a/b", host: &Host{unified: root}}
	parent := &makeFolder{root: root, parent: "a/b"}
	var inside, most int
	var held sync.Mutex
	count := func(by int) {
		held.Lock()
		defer held.Unlock()
		inside += by
		most = max(most, inside)
	}
	var all sync.WaitGroup
	for who := range 8 {
		all.Go(func() {
			for range 100 {
				unlock, err := g.Lock()
				if err != nil {
					t.Error(who, err)
					return
				}
				count(1)
				err = parent.parents()
				for _, folder := range []string{"a", "a/b"} { // an open file of each, as the kernel's folders have
					if err == nil {
						err = os.WriteFile(filepath.Join(root, folder, "cgroup.procs"), nil, 0o600)
					}
				}
				if err == nil {
					err = os.RemoveAll(filepath.Join(root, "a"))
				}
				count(-1)
				unlock()
				if err != nil {
					t.Error(who, err)
					return
				}
			}
		})
	}
	all.Wait()
	if most != 1 {
		t.Errorf("%d were inside at once", most)
	}
}
