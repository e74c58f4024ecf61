package network

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// isNetns tells whether the descriptor is one of a network namespace
// (ioctl_ns(2)).
func isNetns(fd int) (bool, error) {
	var fsys unix.Statfs_t
	if err := unix.Fstatfs(fd, &fsys); err != nil || fsys.Type != unix.NSFS_MAGIC {
		return false, err
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	return kind == unix.CLONE_NEWNET, err
}

// NetnsPath is the file of the namespace that --netns means: a path, or a name
// below /run/netns.
func NetnsPath(s string) string {
	if s == "" || strings.Contains(s, "/") {
		return s
	}
	return name.Folder + "/" + s
}

// ProcessNetns is the file of a process's network namespace, as an error when
// there is no such process.
func ProcessNetns(pid int) (string, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/ns/net"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("process %d: is not there", pid)
	} else if err != nil {
		return "", fmt.Errorf("process %d: %w", pid, step.Cause(err))
	}
	return path, nil
}

// handle is the state of the file /run/netns/NAME.
type handle int

const (
	handleNone   handle = iota
	handleRotten        // an empty file that holds no namespace: its mount is gone
	handleAlive         // a network namespace
)

func look(path string) (handle, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return handleNone, nil
	case err != nil:
		return handleNone, fmt.Errorf("%s: %w", path, step.Cause(err))
	case !info.Mode().IsRegular():
		return handleNone, fmt.Errorf("%s: is no regular file: it is not of ours nor of ip-netns", path)
	}
	// ip-netns makes its file without any permission, which root opens too.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return handleNone, fmt.Errorf("%s: %w", path, err)
	}
	defer unix.Close(fd)
	alive, err := isNetns(fd)
	switch {
	case err != nil:
		return handleNone, fmt.Errorf("%s: %w", path, err)
	case alive:
		return handleAlive, nil
	case info.Size() > 0:
		return handleNone, fmt.Errorf("%s: is a file with a content: it is not of ours nor of ip-netns", path)
	}
	return handleRotten, nil
}
