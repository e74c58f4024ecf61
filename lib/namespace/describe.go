package namespace

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// Named is the name that mc-net or ip-netns(8) has given to a network
// namespace, by its number, or empty.
func Named(id uint64) string {
	entries, _ := os.ReadDir(name.Folder) // none is no name
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(name.Folder, e.Name()))
		if err != nil {
			continue
		}
		if st, is := info.Sys().(*syscall.Stat_t); is && st.Ino == id && isNamespace(filepath.Join(name.Folder, e.Name())) {
			return e.Name()
		}
	}
	return ""
}

// NamesOf are the host and the domain name that a process sees (uname(2)). A
// thread looks from there, and ends.
func NamesOf(pid int) (host, domain string, err error) {
	var uts unix.Utsname
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never let go
		done <- look(pid, &uts)
	}()
	if err := <-done; err != nil {
		return "", "", fmt.Errorf("%d: see its host name: %w", pid, err)
	}
	return unix.ByteSliceToString(uts.Nodename[:]), unix.ByteSliceToString(uts.Domainname[:]), nil
}

func look(pid int, uts *unix.Utsname) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWUTS); err != nil {
		return err
	}
	return unix.Uname(uts)
}
