package supervise

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// rest gives back what a process needs to start, but not to wait: the pages of
// its own code and constants. Those that are used again come back from the
// file. It does so last of all, to use few of them again.
//
// The heap is left alone: to collect it costs more memory than it gives back.
func rest() {
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	var all [][2]uintptr
	for line := range strings.Lines(string(text)) {
		if start, end, ok := constant(line); ok {
			all = append(all, [2]uintptr{start, end - start})
		}
	}
	for _, m := range all {
		_, _, _ = unix.RawSyscall(unix.SYS_MADVISE, m[0], m[1], unix.MADV_DONTNEED)
	}
}

// constant tells where a mapping is (proc_pid_maps(5)), and whether nobody can
// have written to it, so that all of it is in its file.
func constant(line string) (start, end uintptr, ok bool) {
	var flags, offset, device string
	var inode uint64
	n, _ := fmt.Sscanf(line, "%x-%x %s %s %s %d", &start, &end, &flags, &offset, &device, &inode)
	return start, end, n == 6 && inode != 0 && strings.HasPrefix(flags, "r-")
}
