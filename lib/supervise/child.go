package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"mini-container/lib/status"
)

// Child is the process that a supervisor waits for.
type Child struct {
	PID    int
	Kind   Kind
	fd     int // pidfd: a number could be another process's by now
	status int // the descriptor of MC_STATUS_FD, or -1

	held      bool           // STOP was sent in the place of a signal that stops
	heldAt    int32          // how often CONT had come by then
	killedFor syscall.Signal // the signal that KILL stood in for
}

// Kind is what a supervisor has to know of a child.
type Kind struct {
	Tool     string // the link that has started it, for the status descriptor
	First    bool   // it is the first process of a PID namespace
	Inherits bool   // this process inherits orphans, and waits for them too

	// Namespaces are the inode numbers of its namespaces, for the status
	// descriptor; nil is not worth a word.
	Namespaces func(pid int) map[string]uint64
}

// NewChild takes charge of a process that was just forked.
func NewChild(pid, statusFD int, k Kind) *Child {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		fd = -1 // it has not been waited for, so that its number is still its own
	}
	c := &Child{PID: pid, Kind: k, fd: fd, status: statusFD}
	c.started()
	return c
}

// started says on the status descriptor which child there is.
func (c *Child) started() {
	if c.status < 0 {
		return
	}
	l := status.Line{Link: c.Kind.Tool, Step: "start", PID: c.PID}
	if c.Kind.Namespaces != nil {
		l.Namespaces = c.Kind.Namespaces(c.PID)
	}
	status.Write(c.status, l)
}

// Signal sends the signal to the child.
func (c *Child) Signal(s syscall.Signal) error {
	if c.fd < 0 {
		return unix.Kill(c.PID, s)
	}
	return unix.PidfdSendSignal(c.fd, s, nil, 0)
}

// hold stops the child, where the kernel keeps it from a signal that stops.
func (c *Child) hold() {
	if !c.held {
		c.held = true
		_ = c.Signal(unix.SIGSTOP) // it may be gone
	}
}

// attend waits as wait does, and leaves the child as it is; it tells of one that
// SIGKILL has ended.
func (c *Child) attend(dying func(pid int)) {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, c.PID, &info, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	const killed = 2 // CLD_KILLED (sigaction(2))
	if info.Code != killed {
		return
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.PID))
	if err == nil && has(text, "ShdPnd:", unix.SIGKILL) {
		dying(c.PID)
	}
}

// stays tells whether the child that was stopped still is.
func (c *Child) stays() bool { return stoppedNow(c.PID) }

// stoppedNow asks proc_pid_status(5); a process that cannot be looked at is taken
// for stopped.
func stoppedNow(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || bytes.Contains(text, []byte("\nState:\tT"))
}

// wait waits until the child has ended or was stopped.
func (c *Child) wait() (unix.WaitStatus, error) {
	var ws unix.WaitStatus
	whom := c.PID
	if c.Kind.Inherits {
		whom = -1
	}
	for {
		pid, err := unix.Wait4(whom, &ws, unix.WUNTRACED, nil)
		if errors.Is(err, unix.EINTR) || err == nil && pid != c.PID {
			continue
		}
		if err != nil {
			return ws, fmt.Errorf("wait for process %d: %w", c.PID, err)
		}
		return ws, nil
	}
}

// ended gives the exit status: the child's own, or 128+N for signal N.
func (c *Child) ended(ws unix.WaitStatus) int {
	exit := ws.ExitStatus()
	if ws.Signaled() {
		exit = 128 + int(ws.Signal())
		if c.killedFor != 0 && ws.Signal() == unix.SIGKILL {
			exit = 128 + int(c.killedFor)
		}
	}
	status.Write(c.status, status.Line{Link: c.Kind.Tool, Step: "exit", PID: c.PID, Exit: &exit})
	return exit
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
