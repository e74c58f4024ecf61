package rootfs

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// configure makes a file system's context (fsopen(2)) and sets its options.
func configure(f fileSystem) (int, error) {
	fd, err := unix.Fsopen(f.kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	options := append([]string{"source=" + cmp.Or(f.source, f.kind)}, f.data...)
	if f.flags&ro != 0 {
		options = append(options, "ro") // the file system too, as mount(8) does it
	}
	for _, option := range options {
		key, value, has := strings.Cut(option, "=")
		if has {
			err = unix.FsconfigSetString(fd, key, value)
		} else {
			err = unix.FsconfigSetFlag(fd, key)
		}
		if err != nil {
			return -1, errors.Join(fmt.Errorf("option %s: %w", option, said(fd, err)), unix.Close(fd))
		}
	}
	return fd, nil
}

// create makes a file system and a mount of it that is nowhere yet.
func create(f fileSystem) (int, error) {
	context, err := configure(f)
	if err != nil {
		return -1, err
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		return -1, said(context, err)
	}
	fd, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, int(f.flags))
	if err != nil {
		return -1, said(context, err)
	}
	return fd, nil
}

// said adds the kernel's own words, which the context keeps, to an errno.
func said(context int, err error) error {
	buf := make([]byte, 1024)
	n, readErr := unix.Read(context, buf)
	if readErr != nil || n < 3 {
		return err
	}
	return fmt.Errorf("%s: %w", strings.TrimSpace(string(buf[2:n])), err) // "e tmpfs: Bad value …"
}

// clone makes a copy of a mount and all beneath it that is nowhere yet, with
// the flags set on every part of it.
func clone(folder int, path string, flags uint64) (int, error) {
	fd, err := unix.OpenTree(folder, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_EMPTY_PATH)
	if err != nil {
		return -1, err
	}
	if flags == 0 {
		return fd, nil
	}
	// Before it is attached, so that there is no moment without them.
	err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: flags})
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// cover attaches a mount over a path inside.
func (t *tree) cover(fd int, inside string, resolve uint64) error {
	at, err := t.target(inside, resolve)
	if err != nil {
		return err
	}
	defer unix.Close(at)
	return whyFull(unix.MoveMount(fd, "", at, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH))
}

// uncover takes the very mount away that fd is, whatever its path is by now.
func uncover(fd int) error {
	if fd < 0 {
		return nil
	}
	return errors.Join(unix.Unmount("/proc/self/fd/"+strconv.Itoa(fd), unix.MNT_DETACH), unix.Close(fd))
}

// private ends that mounts come and go between this namespace and others: no
// mount of ours may come up in the host, and pivot_root(2) refuses shared ones.
type private struct{ step.Final }

func (private) Do() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("/: make private: %w", whyPrivate(err))
	}
	return nil
}

func (private) Say() string { return "mount --make-rprivate /" }

func (private) Why() string {
	return "No mount may come and go between here and the host, and pivot_root takes no shared ones (man 2 pivot_root)."
}

// attach makes the folder a mount of its own, as pivot_root(2) asks for: a
// copy, with the mounts beneath it, on top of itself. All later steps work in
// the copy by its descriptor.
type attach struct {
	root   *tree
	folder int
}

func (s *attach) Do() error {
	fd, err := clone(s.root.fd, "", 0)
	if err != nil {
		return fmt.Errorf("%s: copy the mount: %w", s.root.path, whyCopy(s.root.fd, err))
	}
	if err := s.root.users.own(fd, s.root.path); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	err = unix.MoveMount(fd, "", s.root.fd, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: mount it on itself: %w", s.root.path, whyFull(err)), unix.Close(fd))
	}
	s.folder, s.root.fd = s.root.fd, fd
	return nil
}

func (s *attach) Undo() error {
	fd := s.root.fd
	s.root.fd = s.folder
	return uncover(fd)
}

func (s *attach) Say() string {
	words := []string{"mount", "--rbind"}
	if !s.root.users.none() {
		words = append(words, "-o", s.root.users.option())
	}
	return step.Say(append(words, s.root.path, s.root.path)...)
}

func (*attach) Why() string {
	return "The new root has to be a mount: the folder becomes one by a bind on itself (man 8 mount)."
}

// readOnly makes one mount read-only.
type readOnly struct {
	root   *tree
	target string
	was    bool // it was so already
}

func (s *readOnly) Do() error {
	fd, err := s.root.open(s.target, unix.O_PATH, 0)
	if err != nil {
		return s.failed(err)
	}
	defer unix.Close(fd)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return s.failed(err)
	}
	s.was = fs.Flags&unix.ST_RDONLY != 0
	return s.set(unix.MountAttr{Attr_set: ro})
}

func (s *readOnly) failed(err error) error {
	return fmt.Errorf("%s: make read-only: %w", s.root.say(s.target), err)
}

func (s *readOnly) set(attr unix.MountAttr) error {
	fd, err := s.root.open(s.target, unix.O_PATH, 0)
	if err == nil {
		err = errors.Join(unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &attr), unix.Close(fd))
	}
	if err != nil {
		return s.failed(err)
	}
	return nil
}

// Undo leaves alone what was read-only before: in a user namespace that is
// locked (EPERM; mount_namespaces(7), "Restrictions").
func (s *readOnly) Undo() error {
	if s.was {
		return nil
	}
	return s.set(unix.MountAttr{Attr_clr: ro})
}

func (s *readOnly) Say() string {
	return step.Say("mount", "-o", "remount,bind,ro", s.root.say(s.target))
}

func (*readOnly) Why() string { return "The root can only be read (man 8 mount, remount)." }
