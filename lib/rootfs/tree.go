package rootfs

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// tree is the root to be. Before the attach step fd is the folder, after it
// the mount that all further work is done in.
type tree struct {
	path string // absolute, for errors and for the steps' shell commands
	fd   int

	users Users // who owns what is made in it

	blind error // why something could not be looked at that may be there

	elsewhere bool // it is planned for another mount namespace, which is still to be made

	crowded bool // others may be at work in it: what was made there stays
}

// openTree opens a folder of the host.
func openTree(folder string) (*tree, error) {
	fd, err := unix.Open(folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return &tree{path: absolute(folder), fd: fd}, nil
}

// say is the host's path of one inside.
func (t *tree) say(inside string) string { return filepath.Join(t.path, inside) }

// open opens a path as the process inside will see it: a symbolic link, even
// an absolute one or one with too many "..", ends within the root, and the
// magic links of /proc are refused (openat2(2)).
func (t *tree) open(inside string, flags int, resolve uint64) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS | resolve,
	}
	if flags&unix.O_CREAT != 0 {
		how.Mode = 0o644
	}
	// EAGAIN: something was renamed on the way, the kernel could not be sure.
	for try := 0; ; try++ {
		fd, err := unix.Openat2(t.fd, inside, &how)
		if err == nil || try == 100 || !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			t.look(err)
			return fd, err
		}
	}
}

// create makes a file that is not there, and opens it for writing.
func (t *tree) create(inside string, flags int) (fd int, err error) {
	err = t.users.act(func() error {
		fd, err = t.open(inside, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|flags, 0)
		return err
	})
	return fd, err
}

// look remembers an error that says nothing about what was looked at.
func (t *tree) look(err error) {
	for _, scarce := range []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EIO} {
		if errors.Is(err, scarce) {
			t.blind = err
		}
	}
}

// has tells whether the path leads to something inside.
func (t *tree) has(inside string) bool {
	fd, err := t.open(inside, unix.O_PATH, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err == nil
}

// kind is the file type (S_IFMT) of what the path leads to, 0 for nothing.
func (t *tree) kind(inside string) uint32 {
	fd, err := t.open(inside, unix.O_PATH, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.look(err)
		return 0
	}
	return st.Mode & unix.S_IFMT
}

// fileType is the S_IFMT part of the mode, 0 when it cannot be known.
func fileType(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Mode & unix.S_IFMT
}

// target opens a mount point. The root itself is none: what is mounted there
// would hide all the rest.
func (t *tree) target(inside string, resolve uint64) (int, error) {
	fd, err := t.open(inside, unix.O_PATH, resolve)
	if err != nil {
		return -1, err
	}
	var at, top unix.Stat_t
	if err := errors.Join(unix.Fstat(fd, &at), unix.Fstat(t.fd, &top)); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	if at.Dev == top.Dev && at.Ino == top.Ino {
		return -1, errors.Join(errors.New("leads to the root itself"), unix.Close(fd))
	}
	return fd, nil
}

// mkdir makes a folder and those above it, and gives the paths that were not
// there, outermost first. The umask is 0 by then.
func (t *tree) mkdir(inside string, mode uint32) ([]string, error) {
	fd, err := t.open(inside, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err == nil {
		return nil, unix.Close(fd)
	}
	if !errors.Is(err, unix.ENOENT) {
		return nil, err
	}
	inside = t.settle(inside)
	made, err := t.mkdir(path.Dir(inside), 0o755)
	if err != nil {
		return made, err
	}
	err = t.users.act(func() error {
		return t.at(inside, func(folder int, name string) error { return unix.Mkdirat(folder, name, mode) })
	})
	if errors.Is(err, unix.EEXIST) && t.kind(inside) == unix.S_IFDIR {
		return made, nil // somebody else's, just now
	}
	if err != nil {
		return made, err
	}
	return append(made, inside), nil
}

// settle follows the links at the end of a path that leads nowhere, to the
// place inside the root where the missing file would be.
func (t *tree) settle(inside string) string {
	for range 40 { // as many as path_resolution(7) follows
		fd, err := t.open(inside, unix.O_PATH|unix.O_NOFOLLOW, 0)
		if err != nil {
			return inside
		}
		buf := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(fd, "", buf)
		unix.Close(fd)
		if err != nil {
			return inside
		}
		link := string(buf[:n])
		if !path.IsAbs(link) {
			link = path.Join(path.Dir(inside), link)
		}
		inside = path.Clean(link)
	}
	return inside
}

// at calls act with the folder that holds the path, and the path's last name.
func (t *tree) at(inside string, act func(folder int, name string) error) error {
	folder, err := t.open(path.Dir(inside), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return errors.Join(act(folder, path.Base(inside)), unix.Close(folder))
}

// remove takes away what was made, innermost first.
func (t *tree) remove(made []string, flags int) error {
	if t.crowded {
		return nil
	}
	var all error
	for i := len(made) - 1; i >= 0; i-- {
		err := t.at(made[i], func(folder int, name string) error { return unix.Unlinkat(folder, name, flags) })
		if err != nil {
			all = errors.Join(all, fmt.Errorf("%s: remove: %w", t.say(made[i]), err))
		}
	}
	return all
}
