package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// device makes a node and opens it.
func device(kind uint32, major, minor uint32) func() (string, error) {
	return func() (string, error) {
		path := fmt.Sprintf("/tmp/device-%d-%d", major, minor)
		if err := unix.Mknod(path, kind|0o600, int(unix.Mkdev(major, minor))); err != nil {
			return "", err
		}
		defer os.Remove(path)
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
		if errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV) {
			return "the node can be made; this machine has no such device", nil
		}
		if err != nil {
			return "", err
		}
		return "opened", unix.Close(fd)
	}
}

// readable opens a file and reads a byte.
func readable(path string) func() (string, error) {
	return func() (string, error) {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			return "", err
		}
		defer unix.Close(fd)
		n, err := unix.Read(fd, make([]byte, 64))
		if err == nil && n == 0 {
			err = errors.New("is empty")
		}
		return fmt.Sprintf("%d bytes", n), err
	}
}

// devices are those of the host, and the terminal that is shared with it.
func devices() []try {
	return []try{
		{"disk", device(unix.S_IFBLK, 254, 0)},
		{"mem", device(unix.S_IFCHR, 1, 1)},
		{"port", device(unix.S_IFCHR, 1, 4)},
		{"loop", device(unix.S_IFCHR, 10, 237)},
		{"fuse", device(unix.S_IFCHR, 10, 229)},
		{"tun", device(unix.S_IFCHR, 10, 200)},
		{"kmsg", func() (string, error) {
			got, err := readable("/dev/kmsg")()
			if err != nil {
				got, err = device(unix.S_IFCHR, 1, 11)()
			}
			return got, err
		}},
		{"tiocsti", tiocsti},
	}
}

// tiocsti types a character into a terminal that is this process's own.
func tiocsti() (string, error) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return "", err
	}
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return "", err
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return "", err
	}
	slave, err := unix.Open(fmt.Sprintf("/dev/pts/%d", number), unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return "", err
	}
	if _, err := unix.Setsid(); err != nil {
		return "", err
	}
	if err := unix.IoctlSetInt(slave, unix.TIOCSCTTY, 0); err != nil {
		return "", err
	}
	return "typed", unix.IoctlSetPointerInt(slave, unix.TIOCSTI, 'x')
}
