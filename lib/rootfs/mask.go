package rootfs

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// masked are the parts of /proc and /sys that tell of the host, or change it:
// what the OCI runtimes hide, all of their lists together. What this kernel has
// not is passed over.
var masked = []struct {
	path   string
	folder bool
}{
	{"/proc/acpi", true}, {"/proc/asound", true}, {"/proc/interrupts", false}, {"/proc/kcore", false},
	{"/proc/keys", false}, {"/proc/latency_stats", false}, {"/proc/timer_list", false},
	{"/proc/timer_stats", false}, {"/proc/sched_debug", false}, {"/proc/scsi", true},
	{"/sys/dev/block", true}, {"/sys/devices/virtual/powercap", true}, {"/sys/firmware", true},
	{"/sys/fs/selinux", true},
}

// throttles are masked too: each processor has its own.
const throttles = "/sys/devices/system/cpu/cpu*/thermal_throttle"

// protected are the parts that may be read only.
var protected = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}

// masks plans both tables, but for what the caller wants to have as it is:
// everything ("all"), or what lies in some of these folders.
func masks(root *tree, bare []Bare) step.List {
	var plan step.List
	left := func(p string) bool {
		return slices.ContainsFunc(bare, func(b Bare) bool { return b == "all" || beneath(p, string(b)) })
	}
	for _, m := range masked {
		if !left(m.path) {
			plan = append(plan, &mask{root: root, path: m.path, folder: m.folder})
		}
	}
	perCPU, _ := filepath.Glob(throttles) // the pattern is a good one
	for _, p := range perCPU {
		if !left(p) {
			plan = append(plan, &mask{root: root, path: p, folder: true})
		}
	}
	for _, p := range protected {
		if !left(p) {
			plan = append(plan, &protect{root: root, path: p})
		}
	}
	return plan
}

// Bare is a part of /proc or /sys that shall be as the kernel shows it, or all.
type Bare string

// UnmarshalText refuses what is not hidden or read-only at all.
func (b *Bare) UnmarshalText(text []byte) error {
	given := string(text)
	if given != "all" {
		given = path.Clean(given)
	}
	known := []string{"all"}
	for _, m := range masked {
		known = append(known, m.path)
	}
	known = append(known, protected...)
	if slices.ContainsFunc(known, func(p string) bool { return beneath(p, given) }) || beneath(throttles, given) {
		*b = Bare(given)
		return nil
	}
	return fmt.Errorf("%s: is none of those that are hidden or read-only: %s", given, strings.Join(known, ", "))
}

// mask hides a file behind /dev/null, and a folder behind an empty one.
type mask struct {
	root   *tree
	path   string
	folder bool
	fd     int // of the mount, -1 when there was nothing to hide
}

func (s *mask) Do() error {
	s.fd = -1
	if !s.root.has(s.path) {
		return nil
	}
	fd, err := s.make()
	if err == nil {
		if err = s.root.cover(fd, s.path, unix.RESOLVE_NO_SYMLINKS); err != nil {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: mask: %w", s.root.say(s.path), err)
	}
	s.fd = fd
	return nil
}

func (s *mask) make() (int, error) {
	if s.folder {
		return create(fileSystem{kind: "tmpfs", flags: ro | nosuid | nodev | noexec, data: []string{"nr_inodes=1", "mode=755"}})
	}
	null, err := s.root.open("/dev/null", unix.O_PATH, unix.RESOLVE_NO_SYMLINKS)
	if err != nil {
		return -1, err
	}
	defer unix.Close(null)
	return clone(null, "", 0)
}

func (s *mask) Undo() error { return uncover(s.fd) }

func (s *mask) Say() string {
	path := s.root.say(s.path)
	if s.folder {
		return "[ ! -d " + step.Quote(path) + " ] || " + step.Say("mount", "-t", "tmpfs", "-o", "ro,nosuid,nodev,noexec,nr_inodes=1,mode=755", "tmpfs", path)
	}
	return "[ ! -e " + step.Quote(path) + " ] || " + step.Say("mount", "--bind", s.root.say("/dev/null"), path)
}

func (*mask) Why() string {
	return "What tells of the host is hidden behind /dev/null or an empty folder (man 5 proc, man 5 sysfs)."
}

// protect makes a part of a file system read-only, by a bind of it on itself.
type protect struct {
	root *tree
	path string
	fd   int
}

func (s *protect) Do() error {
	s.fd = -1
	at, err := s.root.open(s.path, unix.O_PATH, unix.RESOLVE_NO_SYMLINKS)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err == nil {
		s.fd, err = clone(at, "", ro)
		err = errors.Join(err, unix.Close(at))
	}
	if err == nil {
		if err = s.root.cover(s.fd, s.path, unix.RESOLVE_NO_SYMLINKS); err != nil {
			err = errors.Join(err, unix.Close(s.fd))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: make read-only: %w", s.root.say(s.path), err)
	}
	return nil
}

func (s *protect) Undo() error { return uncover(s.fd) }

func (s *protect) Say() string {
	path := s.root.say(s.path)
	return "[ ! -e " + step.Quote(path) + " ] || " + step.Say("mount", "-o", "bind,ro,nosuid,nodev,noexec", path, path)
}

func (*protect) Why() string { return "What changes the host can only be read (man 5 proc)." }
