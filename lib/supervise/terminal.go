package supervise

import (
	"errors"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal, which the supervisor shares with the
// child: both are in one session and, at first, in one process group, so that
// a shell inside does its own job control. A nil one is no terminal.
type terminal struct {
	fd   int
	ours bool // our group was in the foreground at the start
}

// openTerminal gives nil when there is no controlling terminal.
func openTerminal() *terminal {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	t := &terminal{fd: fd}
	t.ours = t.inFront()
	return t
}

// foreground is the process group that the terminal's keys signal.
func (t *terminal) foreground() int {
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	if err != nil {
		return -1
	}
	return group
}

func (t *terminal) inFront() bool { return t.foreground() == unix.Getpgrp() }

// shared tells whether the child is in our group: what the terminal sends to
// one of us it sends to both.
func (t *terminal) shared(c *Child) bool {
	if t == nil {
		return false
	}
	group, err := unix.Getpgid(c.PID)
	return err == nil && group == unix.Getpgrp()
}

// sentTo tells whether the child has got the signal from the terminal itself.
func (t *terminal) sentTo(c *Child, s syscall.Signal) bool {
	switch s {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH:
		return t.shared(c) && t.inFront()
	case unix.SIGTTIN, unix.SIGTTOU:
		return t.shared(c) // when it is looked at, we may be in front already
	}
	return false
}

// late tells that a signal for using the terminal from behind comes after we
// were put in front: who loops for a terminal sends many.
func (t *terminal) late(s syscall.Signal) bool {
	return t != nil && (s == unix.SIGTTIN || s == unix.SIGTTOU) && t.inFront()
}

// stopped tells whether a shell outside should see that the child was stopped:
// by the terminal, or by itself while it has the terminal.
func (t *terminal) stopped(c *Child, by syscall.Signal) bool {
	return t.shared(c) && (by != unix.SIGSTOP || t.inFront())
}

// takeBack puts our group into the foreground again after a child that had put
// its own there and was killed: the caller, who waits in our group, would find
// the terminal nobody's. A group that lives is left its terminal; it may be a
// shell that has put us behind meanwhile. TTOU would stop us for asking.
func (t *terminal) takeBack() {
	if t == nil || !t.ours {
		return
	}
	group := t.foreground()
	if group <= 0 || !errors.Is(unix.Kill(-group, 0), unix.ESRCH) {
		return
	}
	signal.Ignore(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, unix.Getpgrp()) // the terminal may be gone
}
