package rootfs

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// umask lets folders and nodes have the modes that they are made with. The
// shell's commands say theirs by -m, except for the folders above: those need
// a mask that gives 0755.
type umask struct{ before int }

func (s *umask) Do() error   { s.before = unix.Umask(0); return nil }
func (s *umask) Undo() error { unix.Umask(s.before); return nil }
func (s *umask) Say() string { return "mask=$(umask) && umask 022" }

// umaskBack gives the command the umask that the caller had.
type umaskBack struct{ mask *umask }

func (s *umaskBack) Do() error   { unix.Umask(s.mask.before); return nil }
func (s *umaskBack) Undo() error { unix.Umask(0); return nil }
func (s *umaskBack) Say() string { return `umask "$mask"` }

// folders makes mount points, where they are missing.
type folders struct {
	root  *tree
	paths []string
	mode  uint32
	made  []string
}

func (s *folders) Do() error {
	s.made = nil
	for _, p := range s.paths {
		made, err := s.root.mkdir(p, s.mode)
		s.made = append(s.made, made...)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: make folder: %w", s.root.say(p), s.root.whyMake(p, err)), s.Undo())
		}
	}
	return nil
}

func (s *folders) Undo() error { return s.root.remove(s.made, unix.AT_REMOVEDIR) }

func (s *folders) Say() string {
	words := []string{"mkdir", "-p", "-m", fmt.Sprintf("%04o", s.mode)}
	for _, p := range s.paths {
		words = append(words, s.root.say(p))
	}
	return step.Say(words...)
}

// emptyFile makes the mount point of a file, where it is missing.
type emptyFile struct {
	root   *tree
	path   string
	parent []string // folders that were made for it
	file   []string
}

func (s *emptyFile) Do() error {
	s.parent, s.file = nil, nil
	if s.root.has(s.path) {
		return nil
	}
	err := s.make(s.root.settle(s.path))
	if err != nil {
		return errors.Join(fmt.Errorf("%s: make file: %w", s.root.say(s.path), s.root.whyMake(s.path, err)), s.Undo())
	}
	return nil
}

func (s *emptyFile) make(file string) (err error) {
	if s.parent, err = s.root.mkdir(path.Dir(file), 0o755); err != nil {
		return err
	}
	fd, err := s.root.create(file, unix.O_NOFOLLOW)
	if err != nil {
		return err
	}
	s.file = []string{file}
	return unix.Close(fd)
}

func (s *emptyFile) Undo() error {
	return errors.Join(s.root.remove(s.file, 0), s.root.remove(s.parent, unix.AT_REMOVEDIR))
}

func (s *emptyFile) Say() string {
	file := step.Quote(s.root.say(s.path))
	return "[ -e " + file + " ] || install -D -m 0644 /dev/null " + file
}

// mountPoint is the step that makes what a mount of this file type needs.
func mountPoint(root *tree, target string, kind uint32) step.Step {
	if kind == unix.S_IFDIR {
		return &folders{root: root, paths: []string{target}, mode: 0o755}
	}
	return &emptyFile{root: root, path: target}
}

// symlink makes a symbolic link.
type symlink struct {
	root       *tree
	path, text string
}

func (s *symlink) Do() error {
	err := s.root.at(s.path, func(folder int, name string) error { return unix.Symlinkat(s.text, folder, name) })
	if err != nil {
		return fmt.Errorf("%s: make symbolic link: %w", s.root.say(s.path), err)
	}
	return nil
}

func (s *symlink) Undo() error { return s.root.remove([]string{s.path}, 0) }
func (s *symlink) Say() string { return step.Say("ln", "-s", s.text, s.root.say(s.path)) }

// textFile writes a file that was not there, into a file system in memory. It
// ends with that.
type textFile struct {
	step.Final
	root       *tree
	path, text string
}

func (s *textFile) Do() error {
	fd, err := s.root.create(s.path, 0)
	if err != nil {
		return fmt.Errorf("%s: make file: %w", s.root.say(s.path), err)
	}
	for text := []byte(s.text); len(text) > 0 && err == nil; {
		var n int
		n, err = unix.Write(fd, text)
		text = slices.Delete(text, 0, max(n, 0))
	}
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return errors.Join(fmt.Errorf("%s: write: %w", s.root.say(s.path), err), s.root.remove([]string{s.path}, 0))
	}
	return nil
}

func (s *textFile) Say() string {
	return step.Say("printf", "%s", s.text) + " >" + step.Quote(s.root.say(s.path))
}

func (*textFile) Why() string { return names }
