package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// mark is a file that is outside and not inside: whoever sees it is out.
func mark() string { return os.Getenv("TRIES_MARK") }

var errInside = errors.New("leads to nothing outside")

// seen looks for the mark below a folder.
func seen(folder string) (string, error) {
	if mark() == "" {
		return "", errors.New("TRIES_MARK is not set")
	}
	if _, err := os.Stat(folder + mark()); err != nil {
		return "", errInside
	}
	return mark(), nil
}

// roots are the ways out of the root.
func roots() []try {
	return []try{
		{"chroot-breakout", chrootBreakout},
		{"dotdot", func() (string, error) { return seen("/../../../../../..") }},
		{"cwd", func() (string, error) {
			if wd, err := os.Getwd(); err == nil && !strings.HasPrefix(wd, "(unreachable)") {
				return seen("/proc/self/cwd/../../../../..")
			}
			return "the working directory is outside", nil
		}},
		{"descriptors", descriptors},
		{"proc-1-root", func() (string, error) { return seen("/proc/1/root") }},
		{"proc-1-cwd", func() (string, error) { return seen("/proc/1/cwd/../../../../..") }},
		{"proc-1-fd", func() (string, error) {
			entries, err := os.ReadDir("/proc/1/fd")
			for _, e := range entries {
				if got, err := seen("/proc/1/fd/" + e.Name() + "/../../../.."); err == nil {
					return got, nil
				}
			}
			return "", errors.Join(err, errInside)
		}},
		{"proc-1-environ", func() (string, error) {
			text, err := os.ReadFile("/proc/1/environ")
			if err == nil && !strings.Contains(string(text), "TRIES_SECRET") {
				err = errors.New("tells nothing of the caller's")
			}
			return "the caller's environment", err
		}},
		{"proc-1-exe", func() (string, error) {
			fd, err := unix.Open("/proc/1/exe", unix.O_WRONLY, 0)
			if errors.Is(err, unix.ETXTBSY) {
				return "", errors.New("it is the command's own")
			}
			return fmt.Sprint(fd), err
		}},
		{"handle", handle},
	}
}

// chrootBreakout leaves a root by being in a folder that is not below it.
func chrootBreakout() (string, error) {
	folder, err := os.MkdirTemp("/tmp", "")
	if err != nil {
		return "", err
	}
	defer os.Remove(folder)
	if err := unix.Chroot(folder); err != nil {
		return "", err
	}
	for range 32 {
		if err := unix.Chdir(".."); err != nil {
			return "", err
		}
	}
	if err := unix.Chroot("."); err != nil {
		return "", err
	}
	return seen("")
}

// descriptors looks for open files above 2, but for its own of Go's runtime.
func descriptors() (string, error) {
	for fd := 3; fd < 256; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			link, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
			return fmt.Sprintf("%d: %s", fd, link), nil
		}
	}
	return "", errors.New("there is none")
}

// handle opens the root of a file system by its number: what the "shocker" did.
func handle() (string, error) {
	at, _, err := unix.NameToHandleAt(unix.AT_FDCWD, "/etc/passwd", 0)
	if err != nil {
		return "", err
	}
	folder, err := unix.Open("/etc", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return "", err
	}
	fd, err := unix.OpenByHandleAt(folder, at, unix.O_RDONLY)
	return fmt.Sprint(fd), err
}
