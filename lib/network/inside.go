package network

import (
	"errors"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// gone tells that an error is of a file or a process that is not there.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOTDIR)
}

// scarce tells that an error says nothing about its object: there was no
// memory or descriptor for a look at it.
func scarce(err error) bool {
	return errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.ENOBUFS) ||
		errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}

// inhabited tells whether a process has a thread in the namespace of the file,
// and gives it the time to go. Whoever cannot look must not take it for empty.
func inhabited(path string, patience time.Duration) (bool, error) {
	var at unix.Stat_t
	if path == "" {
		return false, nil
	}
	if err := unix.Stat(path, &at); gone(err) {
		return false, nil
	} else if err != nil {
		return false, about(path, err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if found, err := hasThread(at); err != nil || !found || time.Now().After(end) {
			return found, err
		}
	}
}

func hasThread(at unix.Stat_t) (bool, error) {
	own, err := os.Readlink("/proc/self")
	if err != nil {
		return false, about("/proc/self", err)
	}
	processes, err := numbers("/proc")
	if err != nil {
		return false, err
	}
	for _, process := range processes {
		// Of this process only the first thread: the others that are there have
		// opened a socket, and are about to end (visit).
		threads := []string{process}
		if process != "/proc/"+own {
			if threads, err = numbers(process + "/task"); err != nil {
				return false, err
			}
		}
		for _, thread := range threads {
			var st unix.Stat_t
			err := unix.Stat(thread+"/ns/net", &st)
			if scarce(err) {
				return false, about(thread, err)
			}
			if err == nil && st.Dev == at.Dev && st.Ino == at.Ino {
				return true, nil
			}
		}
	}
	return false, nil
}

// numbers are the folders of processes or threads in one of proc_pid(5); none
// of a process that is gone.
func numbers(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !gone(err) {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err == nil {
			paths = append(paths, folder+"/"+e.Name())
		}
	}
	return paths, nil
}
