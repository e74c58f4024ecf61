package network

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// netnsOf finds a file of the namespace that a link leads to: that of the
// name, another name, or that of a process. It is empty when there is none.
func (c *conn) netnsOf(n name.Name, l *link) (string, error) {
	if int32(l.NetNsID) < 0 {
		return "", nil
	}
	if c.leadsTo(l, n.Netns()) {
		return n.Netns(), nil
	}
	for _, pattern := range []string{name.Folder + "/*", "/proc/[0-9]*/ns/net"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, path := range paths {
			if c.leadsTo(l, path) {
				return path, nil
			}
		}
	}
	return "", nil
}

// leadsTo tells whether the link's other end is in the namespace of the file.
func (c *conn) leadsTo(l *link, path string) bool {
	// A file that is a pipe must not hold us up.
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if !isNetns(fd) {
		return false
	}
	id, err := c.nsid(fd)
	return err == nil && id == l.NetNsID
}
