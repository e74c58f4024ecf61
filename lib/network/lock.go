package network

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// lockFile is an object that is there anyway: there is one in each network
// namespace, and only root can open it, so that nobody else can hold us up.
// (/proc/self/ns/net can be locked by every user.) It is written to only by
// those who want the route cache flushed; we never write.
const lockFile = "/proc/sys/net/ipv4/route/flush"

// lockWait is how long one waits for other runs: a thousand of them need about
// ten seconds.
const lockWait = 20 * time.Second

// Lock keeps other runs in this network namespace out, between the look at a
// bridge and the change of it: one may be about to remove the bridge that
// another is about to use. The kernel frees it by the death of its holder.
func Lock() (unlock func(), err error) {
	if err := Privileged(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(lockFile, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", lockFile, step.Cause(err))
	}
	got := make(chan error, 1)
	go func() { got <- flock(f) }()
	select {
	case err = <-got:
	case <-time.After(lockWait):
		err = fmt.Errorf("another mc-net holds it for more than %s ('fuser %s' tells which)", lockWait, lockFile)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", lockFile, err)
	}
	return func() { f.Close() }, nil
}

func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
