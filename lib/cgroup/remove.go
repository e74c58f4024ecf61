package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Remove plans to remove the group's folders and those below them, and the
// parents that we made when they are empty. What is gone already is no error.
func (g *Group) Remove() step.List {
	var plan step.List
	for _, root := range g.host.roots() {
		plan = append(plan, &remove{group: g, root: root})
	}
	return plan
}

type remove struct {
	step.Final
	group *Group
	root  string
}

func (s *remove) Do() error {
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
	if err != nil {
		return fmt.Errorf("%s: %w", s.group.Name, err)
	}
	for _, folder := range slices.Backward(folders) {
		if err := s.rmdir(folder); err != nil {
			return err
		}
	}
	removeParents(s.root, s.group.Parent)
	return nil
}

// rmdir waits a little for processes that are about to vanish: one that has
// ended stays a member until the kernel has let go of it.
func (s *remove) rmdir(folder string) error {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		err := unix.Rmdir(folder)
		switch {
		case err == nil, errors.Is(err, unix.ENOENT):
			return nil
		case !errors.Is(err, unix.EBUSY):
			return fmt.Errorf("%s: remove %s: %w", s.group.Name, folder, err)
		}
		if members := describe(folder); members != "" {
			return fmt.Errorf("%s: has processes (%s): 'mc-cgroup delete --kill %s' ends them: %w", s.group.Name, members, s.group.Name, err)
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: remove %s: %w", s.group.Name, folder, err)
		}
	}
}

func (s *remove) Say() string {
	folder := s.group.in(s.root)
	if _, err := os.Stat(folder); err != nil {
		return "# " + folder + " is not there"
	}
	return step.Say("rmdir", folder)
}
