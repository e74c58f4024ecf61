package rootfs

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Bind is a folder or file of the host that is seen inside, with the mounts
// beneath it.
type Bind struct {
	Source   string // on the host; relative to the working directory
	Target   string // absolute, inside; made when it is missing
	ReadOnly bool   // and all mounts beneath it too
}

// UnmarshalText reads SRC:DST[:ro|:rw]. A colon within a path is written \:.
func (b *Bind) UnmarshalText(text []byte) error {
	parts := fields(string(text))
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return errors.New(`must be SRC:DST or SRC:DST:ro (a colon within a path is written \:)`)
	}
	if len(parts) == 3 && parts[2] != "ro" && parts[2] != "rw" {
		return fmt.Errorf("%s: must be ro or rw", parts[2])
	}
	target, err := cleanTarget(parts[1])
	*b = Bind{Source: parts[0], Target: target, ReadOnly: len(parts) == 3 && parts[2] == "ro"}
	return err
}

// Tmpfs is an empty file system in memory.
type Tmpfs struct {
	Target string   // absolute, inside; made when it is missing
	Data   []string // options of tmpfs(5): size=, mode=, …
}

// UnmarshalText reads DST[:OPTION,…].
func (t *Tmpfs) UnmarshalText(text []byte) error {
	parts := fields(string(text))
	if len(parts) > 2 {
		return errors.New(`must be DST or DST:OPTION,… (a colon within a path is written \:)`)
	}
	target, err := cleanTarget(parts[0])
	*t = Tmpfs{Target: target}
	if len(parts) == 2 {
		t.Data = strings.Split(parts[1], ",")
	}
	return err
}

// fields splits at the colons that have no backslash before them.
func fields(text string) []string {
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		last := len(parts) - 1
		switch {
		case strings.HasPrefix(text[i:], `\:`):
			parts[last] += ":"
			i++
		case text[i] == ':':
			parts = append(parts, "")
		default:
			parts[last] += text[i : i+1]
		}
	}
	return parts
}

// cleanTarget checks a destination.
func cleanTarget(target string) (string, error) {
	if !path.IsAbs(target) {
		return "", fmt.Errorf("%q: the destination must be an absolute path inside the root", target)
	}
	target = path.Clean(target)
	if target == "/" {
		return "", errors.New("/: the destination cannot be the root itself")
	}
	return target, nil
}

// plan opens the source: a later change of its path changes nothing.
func (b Bind) plan(root *tree) (user, error) {
	fd, err := unix.Open(b.Source, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return user{}, fmt.Errorf("%s: cannot be bound: %w", b.Source, err)
	}
	kind := fileType(fd)
	s := &bind{root: root, source: absolute(b.Source), from: fd, target: b.Target}
	if b.ReadOnly {
		s.flags = ro
	}
	return user{target: b.Target, source: b.Source, kind: kind, steps: step.List{mountPoint(root, b.Target, kind), s}}, nil
}

// plan lets the kernel read the options, on a file system that nobody mounts.
func (t Tmpfs) plan(root *tree) (user, error) {
	f := fileSystem{kind: "tmpfs", target: t.Target, flags: nosuid | nodev, data: t.Data}
	f.data = root.users.owned(f)
	fd, err := configure(f)
	if err != nil {
		return user{}, fmt.Errorf("%s: %w", t.Target, err)
	}
	return user{target: t.Target, kind: unix.S_IFDIR, steps: step.List{
		&folders{root: root, paths: []string{t.Target}, mode: 0o755},
		&mount{root: root, fs: f},
	}}, unix.Close(fd)
}

// bind attaches a copy of a mount of the host.
type bind struct {
	root   *tree
	source string // for the shell command
	from   int
	target string
	flags  uint64
	fd     int
}

func (s *bind) Do() error {
	fd, err := clone(s.from, "", s.flags)
	if err == nil {
		if err = s.root.cover(fd, s.target, 0); err != nil {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: bind over %s: %w", s.source, s.root.say(s.target), err)
	}
	s.fd = fd
	return nil
}

func (s *bind) Undo() error { return uncover(s.fd) }

func (s *bind) Say() string {
	if s.flags&ro == 0 {
		return step.Say("mount", "--rbind", s.source, s.root.say(s.target))
	}
	if beneath, err := submounts(s.source); err == nil && len(beneath) == 0 {
		return step.Say("mount", "-o", "bind,ro", s.source, s.root.say(s.target))
	}
	return step.Say("mount", "-o", "rbind,ro=recursive", s.source, s.root.say(s.target))
}
