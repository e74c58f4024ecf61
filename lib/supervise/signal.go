package supervise

import (
	"os"

	"golang.org/x/sys/unix"
)

// action is what a signal does to a process that does nothing about it
// (signal(7)).
type action int

const (
	terminates action = iota
	stops
	harmless
)

func actionOf(s os.Signal) action {
	switch s {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		return stops
	case unix.SIGCONT, unix.SIGWINCH:
		return harmless
	}
	return terminates
}

// meansEnd tells the signals by which people and programs ask for the end.
func meansEnd(s unix.Signal) bool {
	return s == unix.SIGTERM || s == unix.SIGHUP || s == unix.SIGINT || s == unix.SIGQUIT
}

// The real-time signals that Go lets a program catch: glibc's RTMIN+1 to
// RTMAX. musl needs the one below for itself.
const (
	firstRealTime = 35
	lastRealTime  = 64
)

// urgent are the signals that a supervisor must have before there is a child:
// those that people, shells and terminals send, and those to which Go's runtime
// would answer with a stack trace.
func urgent() []os.Signal {
	return []os.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
		unix.SIGABRT, unix.SIGTRAP, unix.SIGALRM, unix.SIGCONT, unix.SIGWINCH, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU,
	}
}

// seldom are all others that Go lets a program catch, but for CHLD and PIPE,
// which are the supervisor's own business, URG, which Go's runtime sends to
// itself, and those that tell of a fault of its own. To catch one costs some
// 30 µs, so that the child does not wait for these; one that comes before it is
// caught is lost.
func seldom() []os.Signal {
	all := []os.Signal{unix.SIGXCPU, unix.SIGXFSZ, unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR}
	for s := unix.Signal(firstRealTime); s <= lastRealTime; s++ {
		all = append(all, s)
	}
	return all
}
