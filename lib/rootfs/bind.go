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
	ReadOnly bool   // and all mounts beneath it too, but for those that a slave gets later
	Slave    bool   // mounts that the host makes there later arrive, and none goes back
}

// UnmarshalText reads SRC:DST[:OPTION,…], the options being ro, rw and rslave.
// A colon within a path is written \:.
func (b *Bind) UnmarshalText(text []byte) error {
	parts := fields(string(text))
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return errors.New(`must be SRC:DST or SRC:DST:ro (a colon within a path is written \:)`)
	}
	target, err := cleanTarget(parts[1])
	*b = Bind{Source: parts[0], Target: target}
	if err != nil || len(parts) == 2 {
		return err
	}
	for option := range strings.SplitSeq(parts[2], ",") {
		switch option {
		case "ro", "rw":
			b.ReadOnly = option == "ro"
		case "rslave":
			b.Slave = true
		default:
			return fmt.Errorf("%s: must be ro, rw or rslave", parts[2])
		}
	}
	return nil
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

// colons writes the colons of a path as fields reads them.
func colons(path string) string { return strings.ReplaceAll(path, ":", `\:`) }

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
	u := user{target: b.Target, source: b.Source, kind: kind, steps: step.List{mountPoint(root, b.Target, kind), s}}
	if b.Slave {
		u.early, err = follow(s)
	}
	return u, err
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
	slave  *slave // the copy to attach, when it is made earlier
	fd     int
}

func (s *bind) Do() error {
	fd, err := s.copy()
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

func (s *bind) copy() (int, error) {
	if s.slave != nil {
		return s.slave.take(), nil
	}
	return clone(s.from, "", s.flags)
}

func (s *bind) Undo() error { return uncover(s.fd) }

func (s *bind) Say() string {
	if s.slave != nil {
		return step.Say("mount", "-o", strings.Join(append([]string{"rbind", "rslave"}, words(s.flags)...), ","), s.source, s.root.say(s.target))
	}
	if s.flags&ro == 0 {
		return step.Say("mount", "--rbind", s.source, s.root.say(s.target))
	}
	if beneath, err := submounts(s.source); err == nil && len(beneath) == 0 {
		return step.Say("mount", "-o", "bind,ro", s.source, s.root.say(s.target))
	}
	return step.Say("mount", "-o", "rbind,ro=recursive", s.source, s.root.say(s.target))
}

func (*bind) Why() string { return "A part of the host is seen inside (man 8 mount, bind mounts)." }
