// Package lock keeps other runs out, by the kernel's own locks: one is on an
// object that is there anyway, and the death of its holder frees it.
package lock

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// wait is how long one waits for other runs: a thousand of them need about ten
// seconds.
const wait = 20 * time.Second

// Take takes the lock on a file (flock(2)), which only those who may change
// what it guards should be able to open for writing. Nothing is written.
func Take(path, tool string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, step.Cause(err))
	}
	got := make(chan error, 1)
	go func() { got <- flock(f) }()
	select {
	case err = <-got:
	case <-time.After(wait):
		err = fmt.Errorf("another %s holds it for more than %s ('fuser %s' tells which)", tool, wait, path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

func flock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	for errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	return err
}
