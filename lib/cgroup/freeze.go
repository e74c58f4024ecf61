package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"mini-container/lib/step"
)

// Freeze plans to stop every process of the group and of the groups below it,
// and to wait until they stand; Thaw lets them go on. Nobody inside can tell,
// or do anything about it. The freezer is a part of every v2 tree, also of one
// without controllers (cgroups(7), cgroup.freeze).
func (g *Group) Freeze() step.List { return step.List{&freeze{group: g, frozen: true}} }

// Thaw plans to let the group's processes go on.
func (g *Group) Thaw() step.List { return step.List{&freeze{group: g}} }

type freeze struct {
	group  *Group
	frozen bool
}

func (s *freeze) file() string { return filepath.Join(s.group.Path(), "cgroup.freeze") }

func (s *freeze) Do() error {
	if err := s.check(); err != nil {
		return err
	}
	if err := s.write(s.frozen); err != nil {
		return err
	}
	if err := s.group.await(s.want()); err != nil {
		return errors.Join(err, s.Undo())
	}
	return nil
}

// check says beforehand what the kernel would not: the freezer of cgroup v2
// stops only whom the v2 tree has.
func (s *freeze) check() error {
	f := &files{}
	members := s.group.members(f, s.group.Path())
	for _, pid := range s.group.pids(f) {
		if s.frozen && !slices.Contains(members, pid) {
			return fmt.Errorf("%s: process %d is in it on cgroup v1 alone, and would run on: 'mc-cgroup move %[1]s %d' makes it a whole member", s.group.Name, pid, pid)
		}
	}
	return f.err
}

func (s *freeze) write(frozen bool) error {
	err := step.WriteFile{Path: s.file(), Text: s.digit(frozen)}.Do()
	switch {
	case errors.Is(err, fs.ErrNotExist) && there(s.group.Path()):
		return fmt.Errorf("%s: the kernel has no cgroup.freeze (Linux before 5.2): %w", s.group.Name, err)
	case err != nil:
		return fmt.Errorf("%s: %w", s.group.Name, denied(err))
	}
	return nil
}

func (s *freeze) digit(frozen bool) string {
	if frozen {
		return "1"
	}
	return "0"
}

func (s *freeze) want() string { return "frozen " + s.digit(s.frozen) }

func (s *freeze) Undo() error { return s.write(!s.frozen) }

func (s *freeze) Say() string {
	return step.WriteFile{Path: s.file(), Text: s.digit(s.frozen)}.Say() + "\n" + s.group.sayAwait(s.want())
}
