package namespace

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// The user ids of containers, as systemd has set them apart: each gets 65536 of
// them, and the process id of its maker says which, so that two that live at
// the same time hardly ever share them.
const (
	firstID = 0x80000
	lastID  = 0x6fffffff
	ids64K  = 0x10000
)

// NewUser makes a user namespace in which 65536 ids are mapped to ones outside
// that nobody has: its root is nobody here (user_namespaces(7)). Who shall be
// in it enters it by the descriptor; it lives as long as that
// is open. Its root is the first of them.
func NewUser() (fd, first int, err error) {
	first = firstID + os.Getpid()%((lastID-firstID)/ids64K)*ids64K
	pid, err := raw.Park(unix.CLONE_NEWUSER)
	if err != nil {
		return -1, 0, whyNew(unix.CLONE_NEWUSER, err)
	}
	fd, err = mapped(pid, fmt.Sprintf("0 %d %d\n", first, ids64K))
	_ = unix.Kill(pid, unix.SIGKILL)
	err = errors.Join(err, raw.Reap(pid))
	return fd, first, err
}

// mapped maps the ids of the process's namespace, and opens that.
func mapped(pid int, ids string) (fd int, err error) {
	for _, file := range []string{"uid_map", "gid_map"} {
		err := os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, file), []byte(ids), 0)
		if errors.Is(err, os.ErrPermission) {
			return -1, whyMap(file, ids, err)
		}
		if err != nil {
			return -1, fmt.Errorf("%s: %w", file, err)
		}
	}
	return unix.Open(fmt.Sprintf("/proc/%d/ns/user", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
}
