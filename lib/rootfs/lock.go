package rootfs

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// lockWait is how long others are waited for. A start holds the lock for some
// milliseconds.
const lockWait = 10 * time.Second

// lock lets one process at a time work in the folder (flock(2)). Two may share
// a root, and where one of them fails it removes the mount points that it made:
// the kernel would then take away what the other has mounted there, in its own
// namespace, without a word.
//
// The folder is the root of those who run in it already, and one of them may
// hold the lock for ever. Then this start goes on without, and leaves the
// mount points alone: they are empty folders.
type lock struct {
	root *tree
	fd   int
}

func (s *lock) Do() error {
	var err error
	if s.fd, err = s.root.open("/", unix.O_RDONLY|unix.O_DIRECTORY, 0); err != nil {
		return fmt.Errorf("%s: open: %w", s.root.path, err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(time.Millisecond) {
		err = unix.Flock(s.fd, unix.LOCK_EX|unix.LOCK_NB)
		busy := errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR)
		if !busy || time.Now().After(end) {
			// Any error but "busy" is a file system without locks (NFS).
			s.root.crowded = err != nil
			return nil
		}
	}
}

func (s *lock) Undo() error { return unix.Close(s.fd) }
func (s *lock) Say() string {
	return "exec 9<" + step.Quote(s.root.path) + " && flock --timeout 10 9 || true"
}

func (*lock) Why() string {
	return "Who fails removes the mount points that he has made: one at a time works in the folder (man 1 flock)."
}
