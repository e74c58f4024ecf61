package main

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// bomb forks as fast as it can, and its children do. It begins only where
// pids.max limits it, at the lowest priority, and every process of it ends after
// some time on a processor: what a test forgets cannot take the machine along.
func bomb([]string) error {
	if !pidsLimited() {
		return errors.New("bomb: no group limits the number of processes here (pids.max)")
	}
	const seconds = 20
	if err := unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds}); err != nil {
		return err
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, 19); err != nil {
		return err
	}
	for {
		// Go's runtime does not know of the children, which do nothing but this.
		_, _, _ = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	}
}

// pidsLimited tells whether this process is in a group with a limit on
// processes, on cgroup v1 or v2.
func pidsLimited() bool {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] != "" && parts[1] != "pids" {
			continue
		}
		for _, root := range []string{"/sys/fs/cgroup/pids", "/sys/fs/cgroup"} {
			limit, err := os.ReadFile(root + parts[2] + "/pids.max")
			if err == nil && strings.TrimSpace(string(limit)) != "max" {
				return true
			}
		}
	}
	return false
}
