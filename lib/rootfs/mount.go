package rootfs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// fileSystem is one row of the table of mounts.
type fileSystem struct {
	kind     string   // as /proc/filesystems has it
	source   string   // as it stands in the table of mounts; empty for the kind
	target   string   // inside the root
	flags    uint64   // MOUNT_ATTR_*
	data     []string // options of the file system: key or key=value
	optional bool     // the container can do without
	why      string   // of the mount, for --explain
}

// fileSystems are mounted in every root, in this order: /dev before what lies
// in it. The limit on /dev is no reserve: a tmpfs takes what is put into it.
var fileSystems = []fileSystem{
	{kind: "proc", target: "/proc", flags: nosuid | nodev | noexec, why: "It shows the processes of the PID namespace in which it is mounted (man 5 proc)."},
	{kind: "sysfs", target: "/sys", flags: ro | nosuid | nodev | noexec, why: "It shows the links of the network namespace in which it is mounted (man 5 sysfs)."},
	{kind: "tmpfs", target: "/dev", flags: nosuid | strictatime, data: []string{"mode=755", "size=65536k"}, why: "A /dev of its own, in memory, with terminals that are no others' (man 5 tmpfs, man 4 pts)."},
	{kind: "devpts", target: "/dev/pts", flags: nosuid | noexec, data: []string{"newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
	{kind: "tmpfs", target: "/dev/shm", flags: nosuid | nodev | noexec, data: []string{"mode=1777"}},
	{kind: "mqueue", target: "/dev/mqueue", flags: nosuid | nodev | noexec, optional: true},
}

const (
	ro          = unix.MOUNT_ATTR_RDONLY
	nosuid      = unix.MOUNT_ATTR_NOSUID
	nodev       = unix.MOUNT_ATTR_NODEV
	noexec      = unix.MOUNT_ATTR_NOEXEC
	strictatime = unix.MOUNT_ATTR_STRICTATIME
)

// flagNames are the flags' words in mount(8).
var flagNames = []struct {
	flag uint64
	name string
}{{ro, "ro"}, {nosuid, "nosuid"}, {nodev, "nodev"}, {noexec, "noexec"}, {strictatime, "strictatime"}}

// system is what every root gets: mount points, then mounts.
type system struct{ folders, mounts step.List }

// table plans the rows of fileSystems.
func table(root *tree) (system, error) {
	top := &folders{root: root, mode: 0o755, paths: ownTargets()}
	inDev := &folders{root: root, mode: 0o755}
	for _, target := range ownTargets() {
		if err := root.plain(target); err != nil {
			return system{}, err
		}
	}
	var mounts step.List
	for _, f := range fileSystems {
		if f.kind == "devpts" && !mapped(ttyGroup) {
			f.data = slices.DeleteFunc(slices.Clone(f.data), func(o string) bool { return strings.HasPrefix(o, "gid=") })
		}
		f.data = root.users.owned(f)
		mounts = append(mounts, &mount{root: root, fs: f})
		if f.target == "/dev" {
			mounts = append(mounts, inDev)
		}
		if strings.HasPrefix(f.target, "/dev/") {
			inDev.paths = append(inDev.paths, f.target)
		}
	}
	return system{folders: step.List{top}, mounts: mounts}, nil
}

// ownTargets are the folders of the root itself that our mounts cover.
func ownTargets() []string { return []string{"/proc", "/sys", "/dev"} }

// plain refuses a root whose own /proc, /sys or /dev leads elsewhere: nobody
// who means well has that, and a mount under it would come up in another place.
func (t *tree) plain(target string) error {
	fd, err := t.open(target, unix.O_PATH|unix.O_DIRECTORY, unix.RESOLVE_NO_SYMLINKS)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%s: must be a plain folder to mount on: %w", t.say(target), err)
	case err != nil:
		return fmt.Errorf("%s: %w", t.say(target), err)
	}
	return unix.Close(fd)
}

// mount mounts a new file system.
type mount struct {
	root *tree
	fs   fileSystem
	fd   int // of the mount, -1 when it is not there
}

func (s *mount) Do() error {
	var err error
	s.fd, err = s.mount()
	if err != nil && s.fs.optional && (errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EPERM)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: mount %s: %w", s.root.say(s.fs.target), s.fs.kind, err)
	}
	return nil
}

func (s *mount) mount() (int, error) {
	fd, err := create(s.fs)
	if s.fs.kind == "sysfs" && errors.Is(err, unix.EPERM) {
		// The network namespace, which sysfs shows, is not ours to show
		// (another user namespace owns it): the host's view then, read-only.
		fd, err = clone(unix.AT_FDCWD, "/sys", ro|nosuid|nodev|noexec)
	}
	if err != nil {
		return -1, whyMount(s.fs, err)
	}
	resolve := uint64(0)
	if beneath(s.fs.target, "/proc") || beneath(s.fs.target, "/sys") || beneath(s.fs.target, "/dev") {
		resolve = unix.RESOLVE_NO_SYMLINKS
	}
	if err := s.root.cover(fd, s.fs.target, resolve); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

func (s *mount) Undo() error { return uncover(s.fd) }

func (s *mount) Say() string {
	options := strings.Join(append(words(s.fs.flags), s.fs.data...), ",")
	if options == "" {
		return step.Say("mount", "-t", s.fs.kind, s.fs.kind, s.root.say(s.fs.target))
	}
	return step.Say("mount", "-t", s.fs.kind, "-o", options, s.fs.kind, s.root.say(s.fs.target))
}

// words are the flags as mount(8) has them.
func words(flags uint64) []string {
	var all []string
	for _, f := range flagNames {
		if flags&f.flag != 0 {
			all = append(all, f.name)
		}
	}
	return all
}

// Why is that of the table, if it has one.
func (s *mount) Why() string { return s.fs.why }
