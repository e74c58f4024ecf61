package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/lock"
	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// A group is dead when no process is in it, and its owner has ended or a killed
// process has left it half-made or half-removed. Under the lock nobody is about
// to make it. One without an owner lives until delete.

// deathWait is how long the processes of a dead owner's container may take to
// go: its supervisor kills them.
const deathWait = 2 * time.Second

// While a group is being made or removed nobody may write in its folder of the
// v2 tree: no mkdir(1) makes such a one, so that a killed maker's is known.
const (
	modeHalf  = 0o555
	modeWhole = 0o755
)

// Lock keeps other runs out that make or remove groups beside this one. Only
// those who may do that can take it. The kernel frees it by the death of its
// holder.
func (g *Group) Lock() (unlock func(), err error) {
	above := filepath.Join(g.host.unified, g.Parent)
	for above != g.host.unified {
		text, is, err := look(above)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", above, err)
		}
		if is && text == "" {
			break
		}
		above = filepath.Dir(above)
	}
	unlock, err = lock.Take(filepath.Join(above, "cgroup.procs"), "mc-cgroup")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(g.Path()), denied(err))
	}
	return unlock, nil
}

// Dead tells whether the group is dead, and waits for the last processes of a
// dead owner's up to the given time.
func (g *Group) dead(patience time.Duration) (bool, error) {
	if abandoned, err := g.abandoned(); err != nil || !abandoned {
		return false, err
	}
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		f := &files{}
		if empty := len(g.pids(f)) == 0; f.err != nil || empty || time.Now().After(end) {
			return empty && f.err == nil, f.err
		}
	}
}

// abandoned tells that nobody will ask for the group again: its owner has ended,
// or whoever made or removed it did halfway.
func (g *Group) abandoned() (bool, error) {
	if g.Half() {
		return true, nil
	}
	o, err := g.Owner()
	if err != nil {
		return false, err
	}
	return o.Gone()
}

// Half tells that the group is not whole.
func (g *Group) Half() bool { return halfMade(g.Path()) }

func halfMade(folder string) bool {
	info, err := os.Stat(folder)
	return err == nil && info.Mode().Perm()&0o200 == 0
}

// Owner is the process that the group belongs to.
func (g *Group) Owner() (owner.Owner, error) {
	text, err := marking(g.Path())
	if err != nil {
		return owner.Owner{}, fmt.Errorf("%s: owner: %w", g.Name, err)
	}
	return owner.Parse(text), nil
}

// Heal plans to remove the group if it is dead.
func (g *Group) Heal() (step.List, error) {
	if dead, err := g.dead(deathWait); err != nil || !dead {
		return nil, err
	}
	return g.removeDead(), nil
}

// Collect plans to remove all dead groups below parent, and gives their names;
// and the parent, where we made it and it is empty.
func Collect(parent string) (plan step.List, removed []string, err error) {
	names, err := List(parent)
	if err != nil {
		return nil, nil, err
	}
	host, err := Find()
	if err != nil {
		return nil, nil, err
	}
	// Who is below others goes first.
	for _, n := range slices.Backward(names) {
		g := &Group{Name: n, Parent: parent, host: host}
		dead, err := g.dead(0)
		if err != nil {
			return nil, nil, err
		}
		if dead {
			plan = append(plan, g.removeDead()...)
			removed = append(removed, string(n))
		}
	}
	slices.Reverse(removed)
	for _, root := range host.roots() {
		text, err := marking(filepath.Join(root, parent))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", parent, err)
		}
		if text != "" {
			plan = append(plan, dropParents{root: root, parent: parent})
		}
	}
	return plan, removed, nil
}

// dropParents removes the parents that hold no group any more.
type dropParents struct {
	step.Final
	root, parent string
}

func (s dropParents) Do() error { return removeParents(s.root, s.parent) }

func (s dropParents) Say() string {
	return step.Say("rmdir", "--ignore-fail-on-non-empty", filepath.Join(s.root, s.parent))
}

// whole says that the group is complete, and whose it is.
type whole struct {
	step.Final
	group *Group
	owner owner.Owner
}

// Do notes the owner first: once the group is whole it is kept.
func (s *whole) Do() error {
	if text := s.owner.String(); text != "" {
		if err := unix.Setxattr(s.group.Path(), mark, []byte(text), 0); err != nil {
			return fmt.Errorf("%s: owner: %w", s.group.Path(), denied(err))
		}
	}
	if err := unix.Chmod(s.group.Path(), modeWhole); err != nil {
		return fmt.Errorf("%s: chmod: %w", s.group.Path(), err)
	}
	return nil
}

func (s *whole) Say() string {
	chmod := step.Say("chmod", "0755", s.group.Path())
	if text := s.owner.String(); text != "" {
		return step.Say("setfattr", "-n", mark, "-v", text, s.group.Path()) + "\n" + chmod
	}
	return chmod
}

// unmake begins a removal. A group that is gone is no error.
type unmake struct{ group *Group }

func (s *unmake) Do() error {
	if err := unix.Chmod(s.group.Path(), modeHalf); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: chmod: %w", s.group.Path(), denied(err))
	}
	return nil
}

// Undo makes a group whole again of which nothing could be removed.
func (s *unmake) Undo() error {
	for _, folder := range s.group.folders() {
		if !there(folder) {
			return nil
		}
	}
	return unix.Chmod(s.group.Path(), modeWhole)
}

func (s *unmake) Say() string { return step.Say("chmod", "0555", s.group.Path()) }
