package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Join plans to open cgroup.procs in every folder of the group. Nothing has
// joined then: the promises that are filled in by the steps do it when they
// are kept, at the end of the chain.
func (g *Group) Join() (step.List, *[]chain.Promise) {
	promises := new([]chain.Promise)
	var plan step.List
	for _, folder := range g.folders() {
		plan = append(plan, &openProcs{group: g, folder: folder, promises: promises})
	}
	return plan, promises
}

// openProcs opens a group's cgroup.procs. A "0" that is written there moves
// the writing process (cgroups(7)).
type openProcs struct {
	group    *Group
	folder   string
	promises *[]chain.Promise
}

func (s *openProcs) path() string { return filepath.Join(s.folder, "cgroup.procs") }

func (s *openProcs) Do() error {
	fd, err := unix.Open(s.path(), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such group (%s): 'mc-cgroup create %s' makes it", s.group.Name, s.folder, s.group.Name)
	case err != nil:
		return fmt.Errorf("%s: open %s: %w", s.group.Name, s.path(), denied(err))
	}
	if err := takesProcesses(s.folder); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", s.group.Name, err), unix.Close(fd))
	}
	*s.promises = append(*s.promises, chain.Promise{FD: fd, Text: "0", What: "join " + s.folder})
	return nil
}

func (s *openProcs) Undo() error {
	last := len(*s.promises) - 1
	fd := (*s.promises)[last].FD
	*s.promises = (*s.promises)[:last]
	return unix.Close(fd)
}

func (s *openProcs) Say() string { return "echo $$ >" + step.Quote(s.path()) }
