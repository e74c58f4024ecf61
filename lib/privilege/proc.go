package privilege

import (
	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// procFS covers /proc by one of the PID namespace that the command is in: only
// a process in there can mount that (proc(5)). Nothing is written by it, for
// nothing but looking is wanted.
func (s Spec) procFS() raw.Calls {
	if !s.Proc {
		return nil
	}
	kind, at := []byte("proc\x00"), []byte("/proc\x00")
	flags := uintptr(unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	mount := raw.New("mount the /proc of its PID namespace", unix.SYS_MOUNT, 0, 0, 0, flags)
	return raw.Calls{raw.Pointing(raw.Pointing(raw.Pointing(mount, 0, &kind[0]), 1, &at[0]), 2, &kind[0])}
}
