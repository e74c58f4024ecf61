// Package status writes one JSON line for each link of the chain to the
// descriptor that MC_STATUS_FD names, so that a caller knows how far the
// chain came and whose failure it was. Readers must ignore members they do
// not know.
package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Variable is the environment variable that holds the descriptor's number.
const Variable = "MC_STATUS_FD"

// Line is one line. Time is in seconds since the epoch, with microseconds.
type Line struct {
	Time  float64 `json:"time"`
	Link  string  `json:"link"`            // the tool: mc-ns, mc-cgroup, …
	Step  string  `json:"step"`            // what it has done, or what failed
	Name  string  `json:"name,omitempty"`  // the container, where one is named
	PID   int     `json:"pid,omitempty"`   // the process that is meant, as the writer sees it
	Next  string  `json:"next,omitempty"`  // the program that the link hands over to
	Error string  `json:"error,omitempty"` // the error line
	Errno string  `json:"errno,omitempty"` // its cause, as errno(3) names it
	Exit  *int    `json:"exit,omitempty"`  // the exit status

	// Namespaces are the inode numbers of the process's namespaces.
	Namespaces map[string]uint64 `json:"namespaces,omitempty"`

	// Report is what a command has taken, where mc-cgroup was asked for that.
	Report any `json:"report,omitempty"`
}

// FD is the descriptor that the value of MC_STATUS_FD names, or -1 for none.
func FD(value string) (int, error) {
	if value == "" {
		return -1, nil
	}
	fd, err := strconv.Atoi(value)
	if err != nil || fd < 0 {
		return -1, fmt.Errorf("%s=%s: not a descriptor's number", Variable, value)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return -1, fmt.Errorf("%s=%s: not an open descriptor", Variable, value)
	}
	return fd, nil
}

// Keep gives a descriptor of this process's own for the same file, or -1 for
// none: the number goes along to the next program.
func Keep(fd int) int {
	if fd < 0 {
		return -1
	}
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return -1
	}
	return own
}

// Write writes the line to fd, or nowhere when fd is -1. The chain does not
// wait for its observer: a reader that is gone is not an error.
func Write(fd int, l Line) {
	if fd < 0 {
		return
	}
	l.Time = float64(time.Now().UnixMicro()) / 1e6
	text, err := json.Marshal(l)
	if err != nil {
		return
	}
	_, _ = unix.Write(fd, append(text, '\n'))
}

// Failure is the line of a failed link.
func Failure(link, step string, err error, exit int) Line {
	l := Line{Link: link, Step: step, Error: err.Error(), Exit: &exit, PID: os.Getpid()}
	var errno unix.Errno
	if errors.As(err, &errno) {
		l.Errno = unix.ErrnoName(errno)
	}
	return l
}
