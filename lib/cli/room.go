package cli

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// room gives Go's runtime the descriptors of its poller. It takes them with the
// first file that is opened, and without them would end the process with a
// stack trace, in the midst of a change.
func room() error {
	const needed = 3 // that file, epoll(7), eventfd(2)
	var free []int
	var err error
	for fd := 0; len(free) < needed && err == nil; free = append(free, fd) {
		fd, err = unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
	}
	for _, fd := range free {
		_ = unix.Close(fd) // the last may be none
	}
	if err != nil {
		return fmt.Errorf("too few descriptors (ulimit -n): %w", err)
	}
	first, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	return first.Close()
}
