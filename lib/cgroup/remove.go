package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Childless refuses a group that has groups below it: who removes it should
// know.
func (g *Group) Childless() error {
	for _, folder := range g.folders() {
		if names := below(folder); len(names) > 0 {
			return fmt.Errorf("%s: has groups below it (%s): 'mc-cgroup delete --recursive %s' removes them too", g.Name, strings.Join(names, ", "), g.Name)
		}
	}
	return nil
}

// Remove plans to remove the group's folders and those below them, and the
// parents that we made when they are empty. What is gone already is no error.
//
// The folder in the v2 tree goes last, as it came first: while any part of the
// group is left, List names it, and nobody can begin to make it anew.
func (g *Group) Remove() step.List { return g.remove(0) }

// removeDead is Remove for a group of a dead owner's. Its processes are about to
// die too, and one may just have been born there.
func (g *Group) removeDead() step.List { return g.remove(deathWait) }

func (g *Group) remove(dying time.Duration) step.List {
	plan := step.List{&unmake{group: g}}
	for _, root := range slices.Backward(g.host.roots()) {
		plan = append(plan, &remove{group: g, root: root, dying: dying})
	}
	return plan
}

type remove struct {
	step.Final
	group *Group
	root  string
	dying time.Duration // how long a living member may take to die
}

// folders are the group's and those below it, the innermost first.
func (s *remove) folders() ([]string, error) {
	var folders []string
	err := filepath.WalkDir(s.group.in(s.root), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && e.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	slices.Reverse(folders)
	return folders, err
}

func (s *remove) Do() error {
	folders, err := s.folders()
	if err != nil {
		return fmt.Errorf("%s: %w", s.group.Name, err)
	}
	for _, folder := range folders {
		if err := s.rmdir(folder); err != nil {
			return err
		}
	}
	return removeParents(s.root, s.group.Parent)
}

// rmdir waits a little for processes that are about to vanish: one that has
// ended stays a member until the kernel has let go of it.
func (s *remove) rmdir(folder string) error {
	began := time.Now()
	for ; ; time.Sleep(time.Millisecond) {
		err := unix.Rmdir(folder)
		switch {
		case err == nil, errors.Is(err, unix.ENOENT):
			return nil
		case !errors.Is(err, unix.EBUSY):
			return fmt.Errorf("%s: remove %s: %w", s.group.Name, folder, denied(err))
		}
		if members := describe(folder); members != "" && time.Since(began) >= s.dying {
			return fmt.Errorf("%s: has processes (%s): 'mc-cgroup delete --kill %s' ends them: %w", s.group.Name, members, s.group.Name, err)
		}
		if time.Since(began) > max(patience, s.dying) {
			return fmt.Errorf("%s: remove %s: %w", s.group.Name, folder, err)
		}
	}
}

func (s *remove) Say() string {
	folders, err := s.folders()
	if err != nil || len(folders) == 0 {
		return "# " + s.group.in(s.root) + " is not there"
	}
	return step.Say(append([]string{"rmdir"}, folders...)...)
}
