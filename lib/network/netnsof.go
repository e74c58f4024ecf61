package network

import (
	"os"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// netnsOf finds a file of the namespace that a link leads to: that of the
// name, another name, or that of a process. It is empty when there is none.
func (c *conn) netnsOf(n name.Name, l *link) (string, error) {
	if int32(l.NetNsID) < 0 {
		return "", nil
	}
	if leads, err := c.leadsTo(l, n.Netns()); err != nil || leads {
		return n.Netns(), err
	}
	named, err := os.ReadDir(name.Folder)
	if err != nil && !gone(err) {
		return "", err
	}
	processes, err := numbers("/proc")
	if err != nil {
		return "", err
	}
	var paths []string
	for _, e := range named {
		paths = append(paths, name.Folder+"/"+e.Name())
	}
	for _, process := range processes {
		paths = append(paths, process+"/ns/net")
	}
	for _, path := range paths {
		if leads, err := c.leadsTo(l, path); err != nil || leads {
			return path, err
		}
	}
	return "", nil
}

// leadsTo tells whether the link's other end is in the namespace of the file.
// One that this user may not look into is none.
func (c *conn) leadsTo(l *link, path string) (bool, error) {
	id, err := c.nsidOf(path)
	if scarce(err) {
		return false, about(path, err)
	}
	return err == nil && id >= 0 && id == l.NetNsID, nil
}

// nsidOf is the nsid of the namespace of a file, -1 when it is of none.
func (c *conn) nsidOf(path string) (int, error) {
	// A file that is a pipe must not hold us up.
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return -1, err
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fd)
	if is, err := isNetns(fd); err != nil || !is {
		return -1, err
	}
	return c.nsid(fd)
}
