package namespace

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"mini-container/lib/status"
)

// Child is the process that a supervisor waits for.
type Child struct {
	PID    int
	fd     int  // pidfd: a number could be another process's by now
	first  bool // it is the first process of a PID namespace
	status int  // the descriptor of MC_STATUS_FD, or -1

	killedFor atomic.Int32 // the signal that KILL stood in for
}

func newChild(pid, statusFD int, first bool) *Child {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		fd = -1 // it has not been waited for, so that its number is still its own
	}
	c := &Child{PID: pid, fd: fd, first: first, status: statusFD}
	namespaces, err := ids(strconv.Itoa(pid))
	if err != nil || namespaces["uts"] == 0 {
		namespaces = nil // it has ended already
	}
	status.Write(c.status, status.Line{Link: "mc-ns", Step: "start", PID: pid, Namespaces: namespaces})
	return c
}

// Signal sends the signal to the child.
func (c *Child) Signal(s syscall.Signal) error {
	if c.fd < 0 {
		return unix.Kill(c.PID, s)
	}
	return unix.PidfdSendSignal(c.fd, s, nil, 0)
}

// Wait waits for the child's end and gives its exit status: its own, or 128+N
// for signal N.
func (c *Child) Wait() (int, error) {
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(c.PID, &ws, 0, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("wait for process %d: %w", c.PID, err)
		}
		break
	}
	exit := ws.ExitStatus()
	if ws.Signaled() {
		exit = 128 + int(ws.Signal())
		if meant := c.killedFor.Load(); meant != 0 && ws.Signal() == unix.SIGKILL {
			exit = 128 + int(meant)
		}
	}
	status.Write(c.status, status.Line{Link: "mc-ns", Step: "exit", PID: c.PID, Exit: &exit})
	return exit, nil
}

// disposition is what a process does about a signal.
type disposition int

const (
	byDefault disposition = iota
	ignored
	caught
)

// disposition reads SigIgn and SigCgt of /proc/PID/status (proc_pid_status(5)).
func (c *Child) disposition(s syscall.Signal) disposition {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.PID))
	if err != nil {
		return caught // it is gone: a signal does no harm
	}
	switch {
	case has(text, "SigCgt:", s):
		return caught
	case has(text, "SigIgn:", s):
		return ignored
	}
	return byDefault
}

// has looks for a signal in one of the masks, which are hexadecimal.
func has(text []byte, mask string, s syscall.Signal) bool {
	_, rest, ok := bytes.Cut(text, []byte(mask))
	if !ok {
		return false
	}
	word, _, _ := bytes.Cut(rest, []byte("\n"))
	bits, err := strconv.ParseUint(string(bytes.TrimSpace(word)), 16, 64)
	return err == nil && bits&(1<<(uint(s)-1)) != 0
}
