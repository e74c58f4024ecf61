package supervise

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// quick is how long a CONT may take to come here from a shell that has sent it,
// and how near to a stop it is of the same moment.
const quick = 100 * time.Millisecond

// resumed tells whether a shell has let its job go on before this process was
// stopped: the job's first process, which is not this one, stopped at once. Who
// stopped then would never be woken.
//
// Of a stop and a CONT that both wait, Go tells the CONT first, as it has the
// lower number; but the kernel lets none wait that came before the other
// (signal(7)), so that the CONT was the later one if the job goes on.
func (s *Supervisor) resumed(c *Child) bool {
	for end := time.Now().Add(quick); ; time.Sleep(time.Millisecond) {
		s.forgetStops(c)
		goesOn := jobGoesOn()
		switch {
		case s.goneOn.Load() != c.heldAt, !c.held, goesOn && s.justGoneOn():
			return true
		case !goesOn && !s.justGoneOn(), time.Now().After(end):
			return false
		}
	}
}

// justGoneOn tells whether a CONT has come in this moment.
func (s *Supervisor) justGoneOn() bool {
	return time.Since(time.Unix(0, s.goneOnAt.Load())) < quick
}

// jobGoesOn tells whether the parent is of the same job, and not stopped.
func jobGoesOn() bool {
	parent := os.Getppid()
	group, err := unix.Getpgid(parent)
	return err == nil && group == unix.Getpgrp() && !stoppedNow(parent)
}
