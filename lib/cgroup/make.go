package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// mark is the extended attribute of a parent folder that we made, and may
// remove again, and that of a group's owner. A "trusted" one, because cgroup v1
// has no others (xattr(7)).
const mark = "trusted.mini-container"

// Create plans to make the group's folders, to have its controllers, and to set
// the limits, which Set has planned.
func (g *Group) Create(limits step.List, o owner.Owner) step.List {
	var plan step.List
	for _, root := range g.host.roots() {
		mode := fs.FileMode(modeWhole)
		if root == g.host.unified {
			mode = modeHalf
		}
		plan = append(plan, makeParents{root: root, parent: g.Parent}, &makeFolder{root: root, parent: g.Parent, name: string(g.Name), mode: mode})
	}
	plan = append(plan, g.enable(controllers)...)
	return append(append(plan, limits...), &whole{group: g, owner: o})
}

// makeFolder makes one folder of the group, and its parents where they are
// missing.
type makeFolder struct {
	root, parent, name string
	mode               fs.FileMode
	made               []string // the parents that were not there
}

func (s *makeFolder) path() string { return filepath.Join(s.root, s.parent, s.name) }

// Do is tried again when a parent went away in between: another group's
// removal took it along as the last one out. With a child it stays.
func (s *makeFolder) Do() error {
	if err := s.missing(); err != nil {
		return err
	}
	var err error
	for range 100 {
		if err = s.parents(); err == nil {
			err = os.Mkdir(s.path(), s.mode)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: is there already (%s): 'mc-cgroup delete %s' removes it", s.name, s.path(), s.name)
	}
	if err != nil {
		err = fmt.Errorf("make group %s: %w", s.path(), whyFolder(s.path(), err))
		return errors.Join(err, removeParents(s.root, s.parent))
	}
	return nil
}

// missing is the error of a group whose group above is not there, or not whole:
// one that was made for it by the way would have no limits, no owner, and nobody
// who removes it.
func (s *makeFolder) missing() error {
	above := filepath.Dir(s.name)
	folder := filepath.Join(s.root, s.parent, above)
	if above == "." || there(folder) && !halfMade(folder) {
		return nil
	}
	return fmt.Errorf("%s: there is no group %s to be in: 'mc-cgroup create %s' makes it", s.name, above, above)
}

func (s *makeFolder) parents() error {
	path := s.root
	for _, part := range strings.Split(s.parent, "/") {
		path = filepath.Join(path, part)
		err := os.Mkdir(path, modeHalf)
		if err == nil {
			s.made = append(s.made, path)
		}
		if err == nil || errors.Is(err, fs.ErrExist) && halfMade(path) {
			err = markParent(path)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// markParent makes a parent whole. Who may not mark it, as in a group that was
// delegated to him, leaves it: not marked means not ours to remove.
func markParent(path string) error {
	err := unix.Setxattr(path, mark, []byte("1"), 0)
	if err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOTSUP) {
		return errors.Join(err, os.Remove(path))
	}
	return unix.Chmod(path, modeWhole)
}

func (s *makeFolder) Undo() error {
	if err := os.Remove(s.path()); err != nil {
		return fmt.Errorf("remove group %s: %w", s.path(), step.Cause(err))
	}
	err := removeParents(s.root, s.parent)
	// Who may not mark them knows by himself which are his.
	for _, path := range slices.Backward(s.made) {
		if unix.Rmdir(path) != nil {
			break // it is gone already, or somebody is in it
		}
	}
	return err
}

func (s *makeFolder) Say() string {
	return step.Say("mkdir", "-m", fmt.Sprintf("%04o", s.mode), s.path())
}

func (s *makeFolder) Why() string {
	return "A control group is a folder; nobody may write in it while it is half-made (man 7 cgroups)."
}

// SayUndo is rmdir(1).
func (s *makeFolder) SayUndo() string {
	// A process that was killed just now is in it for a moment more.
	return step.Say("timeout", "10", "sh", "-c", "until "+step.Say("rmdir", s.path())+" 2>/dev/null; do sleep 0.1; done")
}

// makeParents is what makeFolder does first, said for itself: a shell that fails
// in between has the parents to remove.
type makeParents struct {
	step.Final
	root, parent string
}

// Do leaves it to makeFolder, which begins again when the removal of another
// group takes a parent along.
func (makeParents) Do() error { return nil }

func (s makeParents) Say() string { return step.Say("mkdir", "-p", filepath.Join(s.root, s.parent)) }

func (makeParents) Why() string { return (*makeFolder)(nil).Why() }

// SayUndo is rmdir(1).
func (s makeParents) SayUndo() string {
	words := []string{"rmdir", "--ignore-fail-on-non-empty"}
	for parent := s.parent; parent != "." && parent != "/"; parent = filepath.Dir(parent) {
		words = append(words, filepath.Join(s.root, parent))
	}
	return step.Say(words...)
}

// removeParents removes the parents that we made and that hold no group any
// more. The kernel refuses to remove one that does (EBUSY).
func removeParents(root, parent string) error {
	for path := filepath.Join(root, parent); path != root && strings.HasPrefix(path, root); path = filepath.Dir(path) {
		text, err := marking(path)
		if err == nil && text != "" {
			err = unix.Rmdir(path)
		}
		switch {
		case errors.Is(err, unix.EBUSY), err == nil && text == "":
			return nil
		case err != nil && !absent(err):
			return fmt.Errorf("remove parent %s: %w", path, err)
		}
	}
	return nil
}

// marking is the text of a folder's mark, and "" where there is none, or no
// folder.
func marking(path string) (string, error) {
	text, _, err := look(path)
	return text, err
}

// look tells of a folder whether it is there, and the text of its mark. One
// whose maker was killed before he could mark it is ours too. A maker marks it
// first and makes it whole then: what is whole is looked at once more, as he may
// have done both after the first look.
func look(path string) (text string, is bool, err error) {
	if text, is, err = marked(path); err != nil || !is || text != "" {
		return text, is, err
	}
	if halfMade(path) {
		return "half", true, nil
	}
	return marked(path)
}

func marked(path string) (text string, is bool, err error) {
	buffer := make([]byte, 128)
	n, err := unix.Getxattr(path, mark, buffer)
	switch {
	case err == nil:
		return string(buffer[:n]), true, nil
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.EOPNOTSUPP):
		return "", true, nil
	case absent(err):
		return "", false, nil
	}
	return "", false, err
}

// Enable plans to have the controllers of the limits in a group that somebody
// else made, and perhaps without them.
func (g *Group) Enable(l Limits) step.List {
	var wanted []string
	for _, k := range l.rows() {
		if !slices.Contains(wanted, k.controller) {
			wanted = append(wanted, k.controller)
		}
	}
	return g.enable(wanted)
}

// EnableFurther is Enable for a group that is being made: it has those that
// every group has.
func (g *Group) EnableFurther(l Limits) step.List {
	further := maps.Clone(l)
	maps.DeleteFunc(further, func(file, _ string) bool {
		k, _ := knobOf(file)
		return slices.Contains(controllers, k.controller)
	})
	return g.Enable(further)
}

// enable plans to hand controllers of the v2 tree down to the group: each of
// its ancestors must pass them on (cgroups(7), cgroup.subtree_control).
func (g *Group) enable(wanted []string) step.List {
	var has []string
	for _, c := range wanted {
		if slices.Contains(g.host.v2, c) {
			has = append(has, c)
		}
	}
	if len(has) == 0 {
		return nil
	}
	path := filepath.Join(g.host.unified, g.host.base)
	plan := step.List{enable{group: path, controllers: has}}
	below, err := filepath.Rel(path, filepath.Join(g.host.unified, g.Parent, string(g.Name.Above())))
	if err != nil || below == "." {
		return plan
	}
	for _, part := range strings.Split(below, "/") {
		path = filepath.Join(path, part)
		plan = append(plan, enable{group: path, controllers: has})
	}
	return plan
}

// enable passes controllers on to a group's children. It is not undone:
// others may have come to rely on them meanwhile.
type enable struct {
	step.Final
	group       string
	controllers []string
}

func (s enable) Do() error {
	passed := strings.Fields(read(s.group, "cgroup.subtree_control"))
	for _, c := range s.controllers {
		if slices.Contains(passed, c) {
			continue
		}
		file := filepath.Join(s.group, "cgroup.subtree_control")
		if err := os.WriteFile(file, []byte("+"+c), 0); err != nil {
			return whyEnable(s.group, c, step.Cause(err))
		}
	}
	return nil
}

func (s enable) Say() string {
	return step.Say("echo", "+"+strings.Join(s.controllers, " +")) + " >" +
		step.Quote(filepath.Join(s.group, "cgroup.subtree_control"))
}

func (s enable) Why() string {
	return "A group has the controllers that those above it pass on (man 7 cgroups)."
}
