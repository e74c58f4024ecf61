package rootfs

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Users are those of the user namespace that the command will be in, while all
// this is still done outside of it. The zero one is none: who is root here is
// root inside.
type Users struct {
	NS    int // descriptor of the namespace
	First int // who its root is out here, user and group
}

func (u Users) none() bool { return u.NS == 0 }

// own lets the detached mount show the files of root as those of the
// namespace's root, and of everybody else so (mount_setattr(2), ID-mapped
// mounts): nobody has to change the owner of a file.
func (u Users) own(mount int, path string) error {
	if u.none() {
		return nil
	}
	err := unix.MountSetattr(mount, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE,
		&unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(u.NS)})
	if err != nil {
		return fmt.Errorf("%s: show its files as those of other users (--userns): %w", path, whyMapped(mount, err))
	}
	return nil
}

// whyMapped names the file system that cannot be ID-mapped.
func whyMapped(mount int, err error) error {
	var on unix.Statfs_t
	if !errors.Is(err, unix.EINVAL) || unix.Fstatfs(mount, &on) != nil {
		return err
	}
	return fmt.Errorf("this kernel cannot do that with the file system there (statfs type %#x), or with one that is mounted beneath it: %w", on.Type, err)
}

// act makes a file as the namespace's root, whom the mount gives it to: this
// root is nobody there, and what it made would be nobody's.
func (u Users) act(make func() error) error {
	if u.none() {
		return make()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	be := func(id int) { // the calls give the one before, and no error
		_, _, _ = unix.RawSyscall(unix.SYS_SETFSGID, uintptr(id), 0, 0)
		_, _, _ = unix.RawSyscall(unix.SYS_SETFSUID, uintptr(id), 0, 0)
	}
	be(u.First)
	defer be(0)
	return make()
}

// owned are the options of a file system in memory that is the namespace's
// root's, unless it says whose it is.
func (u Users) owned(f fileSystem) []string {
	if u.none() {
		return f.data
	}
	data := slices.Clone(f.data)
	for i, option := range data {
		if group, has := strings.CutPrefix(option, "gid="); has && f.kind == "devpts" {
			n, _ := strconv.Atoi(group) // it is ours
			data[i] = fmt.Sprintf("gid=%d", u.First+n)
		}
	}
	if f.kind != "tmpfs" {
		return data
	}
	for _, key := range []string{"uid=", "gid="} {
		if !slices.ContainsFunc(data, func(o string) bool { return strings.HasPrefix(o, key) }) {
			data = append(data, fmt.Sprintf("%s%d", key, u.First))
		}
	}
	return data
}

// option is that of mount(8).
func (u Users) option() string { return fmt.Sprintf("X-mount.idmap=0:%d:65536", u.First) }
