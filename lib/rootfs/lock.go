package rootfs

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// lock lets one process at a time work in the folder (flock(2)). Two may share
// a root, and where one of them fails it removes the mount points that it made:
// the kernel would then take away what the other has mounted there, in its own
// namespace, without a word.
type lock struct {
	root *tree
	fd   int
}

func (s *lock) Do() error {
	var err error
	if s.fd, err = s.root.open("/", unix.O_RDONLY|unix.O_DIRECTORY, 0); err != nil {
		return fmt.Errorf("%s: open: %w", s.root.path, err)
	}
	for {
		err = unix.Flock(s.fd, unix.LOCK_EX)
		if err == nil || errors.Is(err, unix.EBADF) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOLCK) {
			return nil // a file system without (NFS): the root can be used all the same
		}
		if !errors.Is(err, unix.EINTR) {
			return errors.Join(fmt.Errorf("%s: lock: %w", s.root.path, err), unix.Close(s.fd))
		}
	}
}

func (s *lock) Undo() error { return unix.Close(s.fd) }
func (s *lock) Say() string { return "exec 9<" + step.Quote(s.root.path) + " && flock 9" }

// unlock lets the next one in. It comes after the last step that can fail.
type unlock struct {
	step.Final
	of *lock
}

func (s *unlock) Do() error {
	if err := unix.Close(s.of.fd); err != nil {
		return fmt.Errorf("%s: unlock: %w", s.of.root.path, err)
	}
	return nil
}

func (s *unlock) Say() string { return "exec 9<&-" }
