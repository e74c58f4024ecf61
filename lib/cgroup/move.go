package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Move plans to make a running process, with all of its threads, a member of
// the group. What it has in memory stays charged to where it comes from
// (cgroups(7), "Memory ownership").
func (g *Group) Move(pid int) step.List {
	var plan step.List
	for _, root := range g.host.roots() {
		plan = append(plan, &move{group: g, root: root, pid: pid})
	}
	return plan
}

// move is it in one hierarchy.
type move struct {
	group *Group
	root  string
	pid   int
	from  string // the folder where it was
}

func (s *move) Do() error {
	folders, err := s.group.host.foldersOf(strconv.Itoa(s.pid))
	if err != nil {
		return err
	}
	s.from = folders[s.root]
	folder := s.group.in(s.root)
	if err := takesProcesses(folder); err != nil {
		return fmt.Errorf("%s: %w", s.group.Name, err)
	}
	return s.into(folder)
}

func (s *move) into(folder string) error {
	err := step.WriteFile{Path: filepath.Join(folder, "cgroup.procs"), Text: strconv.Itoa(s.pid)}.Do()
	cause := step.Cause(err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("process %d: it has ended: %w", s.pid, unix.ESRCH)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("process %d: cannot leave its group: it is one of the kernel's own: %w", s.pid, unix.EINVAL)
	case errors.Is(err, unix.EAGAIN) && read(folder, "pids.max") == "0":
		return fmt.Errorf("process %d: %s takes none (pids.max): %w", s.pid, folder, unix.EAGAIN)
	}
	return fmt.Errorf("process %d: move to %s: %w", s.pid, folder, denied(cause))
}

// Undo is in vain for a process that has ended.
func (s *move) Undo() error {
	if err := s.into(s.from); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

func (s *move) Say() string {
	return step.WriteFile{Path: filepath.Join(s.group.in(s.root), "cgroup.procs"), Text: strconv.Itoa(s.pid)}.Say()
}
