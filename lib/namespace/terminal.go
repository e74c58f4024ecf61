package namespace

import (
	"os/signal"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal, which the supervisor shares with the
// child: both are in one session and, at first, in one process group, so that
// a shell inside does its own job control.
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
	t.ours = t.foreground() == unix.Getpgrp()
	return t
}

func (t *terminal) foreground() int {
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	if err != nil {
		return -1
	}
	return group
}

// sentTo tells whether the child got a signal of the terminal by itself: it is
// in our group, and that is the one in the foreground.
func (t *terminal) sentTo(c *Child) bool {
	if t == nil {
		return false
	}
	group, err := unix.Getpgid(c.PID)
	return err == nil && group == unix.Getpgrp() && t.foreground() == group
}

// takeBack puts our group into the foreground again after a child that had put
// its own there and was killed. TTOU would stop us for asking from behind.
func (t *terminal) takeBack() {
	if t == nil || !t.ours || t.foreground() == unix.Getpgrp() {
		return
	}
	signal.Ignore(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, unix.Getpgrp()) // the terminal may be gone
	signal.Reset(unix.SIGTTOU)
}
