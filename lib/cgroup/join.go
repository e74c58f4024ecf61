package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Join plans to open the file that takes members in every folder of the group.
// Nothing has joined then: the promises that are filled in by the steps do it
// when they are kept, at the end of the chain.
func (g *Group) Join() (step.List, *[]chain.Promise) {
	promises := new([]chain.Promise)
	var plan step.List
	for _, s := range g.lists() {
		s.promises = promises
		plan = append(plan, s)
	}
	return plan, promises
}

func (g *Group) lists() []*openMembers {
	var all []*openMembers
	for i, root := range g.host.roots() {
		all = append(all, &openMembers{group: g, root: root, digit: chain.List(i)})
	}
	return all
}

// Explain says Join: how the lists are opened, and what is written to them.
func (g *Group) Explain(s *chain.Script) error {
	var plan step.List
	for _, m := range g.lists() {
		plan = append(plan, m)
		s.Promises = append(s.Promises, chain.Promise{Say: m.join()})
		s.Opened(m.digit)
	}
	if err := s.Say(""); err != nil {
		return err
	}
	return s.Run(plan)
}

// openMembers opens a group's list of members. A "0" that is written there
// moves the writer (cgroups(7)).
type openMembers struct {
	group    *Group
	root     string
	digit    int // the descriptor in a shell
	promises *[]chain.Promise
}

// file is cgroup.procs, to which every process counts as a whole: for that the
// kernel keeps all forks on the host out, and waits until all have seen it, 15 ms
// and more. On cgroup v1 it is tasks, which takes a thread by itself, with no
// wait: the one that becomes the command, all others ending at the exec.
func (s *openMembers) file() string {
	if s.root == s.group.host.unified {
		return "cgroup.procs"
	}
	return "tasks"
}

func (s *openMembers) path() string { return filepath.Join(s.group.in(s.root), s.file()) }

func (s *openMembers) Do() error {
	folder := s.group.in(s.root)
	fd, err := unix.Open(s.path(), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such group (%s): 'mc-cgroup create %s' makes it", s.group.Name, folder, s.group.Name)
	case err != nil:
		return fmt.Errorf("%s: open %s: %w", s.group.Name, s.path(), denied(err))
	}
	promise := chain.Promise{FD: fd, Text: "0", What: "join " + folder, Say: s.join()}
	err = takesProcesses(folder)
	if err == nil && s.root == s.group.host.unified {
		err = s.group.host.mayCome(folder)
	}
	if err == nil && s.root == s.group.host.unified {
		promise.Early = s.limitsNothing()
		promise.Birth, err = unix.Open(folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", s.group.Name, err), unix.Close(fd))
	}
	*s.promises = append(*s.promises, promise)
	return nil
}

// limitsNothing tells that the v2 tree has no controllers of ours: its folder
// only holds the group together.
func (s *openMembers) limitsNothing() bool {
	return !slices.ContainsFunc(controllers, func(c string) bool {
		return slices.Contains(s.group.host.v2, c)
	})
}

func (s *openMembers) Undo() error {
	last := len(*s.promises) - 1
	promise := (*s.promises)[last]
	*s.promises = (*s.promises)[:last]
	if promise.Birth > 0 {
		return errors.Join(unix.Close(promise.FD), unix.Close(promise.Birth))
	}
	return unix.Close(promise.FD)
}

// join is the promise in a shell, which writes by itself.
func (s *openMembers) join() string { return fmt.Sprintf("echo 0 >&%d", s.digit) }

func (s *openMembers) Say() string { return fmt.Sprintf("exec %d>%s", s.digit, step.Quote(s.path())) }

func (s *openMembers) Why() string {
	return "The lists of members are opened now, as the container will not see them (man 7 cgroups)."
}
