package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Leave moves this process out of the group, which it has joined for a program
// that could then not be started: with it inside the group cannot be removed.
func (g *Group) Leave() error {
	var all error
	for _, root := range g.host.roots() {
		all = errors.Join(all, leave(root, g.Parent))
	}
	return all
}

// leave goes to the outermost group above that takes this process: the farther
// out, the fewer of its parents stay because of it.
func leave(root, parent string) error {
	path, err := root, enter(root)
	for _, part := range strings.Split(parent, "/") {
		if err == nil {
			return nil
		}
		path = filepath.Join(path, part)
		err = enter(path)
	}
	if err != nil {
		return fmt.Errorf("join %s: %w", path, err)
	}
	return nil
}

// enter makes this process, with all of its threads, a member. Go's runtime
// does not see the calls: it would start a thread for one that takes its time,
// which the limits of the group may not allow.
func enter(folder string) error {
	path, err := unix.BytePtrFromString(filepath.Join(folder, "cgroup.procs"))
	if err != nil {
		return err
	}
	here := unix.AT_FDCWD
	fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(here), uintptr(unsafe.Pointer(path)), unix.O_WRONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	self := []byte("0")
	_, _, errno = unix.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(&self[0])), uintptr(len(self)))
	_, _, _ = unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
