package rootfs

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// slave makes the copy for a bind that follows the mounts of the host. It comes
// before this namespace's own mounts are made private: they would not follow any
// more. A copy that is nowhere yet is no part of the namespace, and stays as it
// is.
type slave struct {
	bind *bind
	fd   int
}

// follow plans it, for a source to which mounts arrive in this namespace.
func follow(b *bind) (step.List, error) {
	b.slave = &slave{bind: b}
	if b.root.elsewhere {
		return step.List{b.slave}, nil
	}
	from, err := mountOf(b.from)
	if err != nil {
		return nil, fmt.Errorf("%s: rslave: %w", b.source, err)
	}
	if !from.follows {
		return nil, fmt.Errorf("%s: rslave: the mount %s is private in this namespace, so that nothing arrives there (mc-ns run --propagation slave keeps it from the host's becoming so)", b.source, from.point)
	}
	return step.List{b.slave}, nil
}

func (s *slave) Do() error {
	fd, err := clone(s.bind.from, "", s.bind.flags)
	if err == nil {
		attr := unix.MountAttr{Propagation: unix.MS_SLAVE}
		if err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: make a slave: %w", s.bind.source, err)
	}
	s.fd = fd
	return nil
}

// take gives the copy away.
func (s *slave) take() int {
	fd := s.fd
	s.fd = -1
	return fd
}

func (s *slave) Undo() error {
	if s.fd < 0 {
		return nil
	}
	return unix.Close(s.take())
}

// Say is a remark: the command is the bind's.
func (s *slave) Say() string {
	return "# copied while the host's mounts arrive there: " + step.Quote(s.bind.source)
}

// mountOf is the mount that an open file is on.
func mountOf(fd int) (mounted, error) {
	text, err := os.ReadFile("/proc/thread-self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return mounted{}, err
	}
	_, id, _ := strings.Cut(string(text), "mnt_id:")
	id, _, _ = strings.Cut(strings.TrimSpace(id), "\n")
	all, err := mounts()
	for _, m := range all {
		if m.id == id {
			return m, err
		}
	}
	return mounted{}, errors.Join(err, errors.New("its mount is not of this namespace"))
}
