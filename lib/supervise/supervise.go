// Package supervise stays beside a child until it ends: it hands signals on,
// shares the terminal with it, and keeps its exit status.
package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Supervisor stays outside while the child runs. One thread waits for the
// child, the one that has forked; another hands signals on. Only one of them
// acts at a time.
type Supervisor struct {
	signals  chan os.Signal
	parent   int // pidfd of the parent, or -1
	terminal *terminal
	acting   sync.Mutex
	stopped  atomic.Int32 // how often this process was stopped with the child
	goneOn   atomic.Int32 // how often CONT came
	goneOnAt atomic.Int64 // and when, in nanoseconds since the epoch

	// Grace is how long the child may take to end after a signal that was sent
	// to end it; then it is killed. A nil one lets it take its time.
	Grace  *time.Duration
	ending sync.Once

	// Beside is told of a child that has lived long enough to be worth it, and
	// Dying of one that SIGKILL has ended, while it can be looked at still. Nil is
	// not told.
	Beside, Dying func(pid int)
}

// New makes the supervisor ready before there is a child, so that no
// signal is lost. A HUP or INT that the caller ignores, as nohup(1) does, is
// left ignored for the child too.
//
// With dieWithParent the child is killed when the parent of this process ends.
// A pidfd tells that: PR_SET_PDEATHSIG would tell of the end of the parent's
// thread.
func New(dieWithParent bool) (*Supervisor, error) {
	s := &Supervisor{signals: make(chan os.Signal, 32), parent: -1}
	if dieWithParent {
		if err := s.watchParent(); err != nil {
			return nil, err
		}
	}
	signal.Notify(s.signals, slices.DeleteFunc(urgent(), signal.Ignored)...)
	s.terminal = openTerminal()
	return s, nil
}

// shortLife is how long a child has to live to be worth the 1.5 ms that it takes
// to catch the signals which hardly anybody sends; and longLife, to be worth the
// page faults that come of giving memory back.
const (
	shortLife = 10 * time.Millisecond
	longLife  = 200 * time.Millisecond
)

// settle does what a child should not wait for.
func (s *Supervisor) settle(c *Child) {
	time.Sleep(shortLife)
	if s.Beside != nil {
		s.Beside(c.PID)
	}
	s.listenToAll()
	time.Sleep(longLife - shortLife)
	rest()
}

// listenToAll catches what is seldom sent, one by one: while Go's runtime changes
// what it catches, it delivers nothing, and the child may be about to end.
func (s *Supervisor) listenToAll() {
	for _, one := range seldom() {
		if !signal.Ignored(one) {
			signal.Notify(s.signals, one)
		}
	}
}

// watchParent opens the parent and asks once more who it is: had it ended in
// between, its number could be another process's by now.
func (s *Supervisor) watchParent() error {
	parent := os.Getppid()
	if parent == 0 {
		return errors.New("--die-with-parent: the parent is outside of this PID namespace and cannot be seen")
	}
	fd, err := unix.PidfdOpen(parent, 0)
	if errors.Is(err, unix.ESRCH) || os.Getppid() != parent {
		return fmt.Errorf("--die-with-parent: the parent process %d is gone already", parent)
	}
	if err != nil {
		return fmt.Errorf("--die-with-parent: the parent process %d: %w", parent, err)
	}
	s.parent = fd
	return nil
}

// Wait hands signals on until the child ends, and gives its exit status.
func (s *Supervisor) Wait(c *Child) (int, error) {
	go s.forward(c)
	if s.parent >= 0 {
		go s.orphaned(c)
	}
	for {
		if s.Dying != nil {
			c.attend(s.Dying)
		}
		ws, err := c.wait()
		switch {
		case err != nil:
			return 0, err
		case ws.Stopped():
			s.stopWith(c, ws.StopSignal())
		default:
			s.terminal.takeBack()
			s.acting.Lock() // for good: there is nobody left to signal
			return c.ended(ws), nil
		}
	}
}

// orphaned kills the child when the parent has ended.
func (s *Supervisor) orphaned(c *Child) {
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(s.parent), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			_ = c.Signal(unix.SIGKILL) // it may be gone
			return
		}
	}
}

func (s *Supervisor) forward(c *Child) {
	go s.settle(c)
	for got := range s.signals {
		if got == unix.SIGCONT {
			s.goneOn.Add(1)
			s.goneOnAt.Store(time.Now().UnixNano())
		}
		before := s.stopped.Load()
		s.acting.Lock()
		// What would stop and came before this process was stopped has been
		// done by that: Ctrl-Z pressed twice stops once.
		if actionOf(got) != stops || s.stopped.Load() == before {
			s.handOn(c, got.(syscall.Signal))
		}
		s.acting.Unlock()
	}
}

// handOn gives the child one signal that came to the supervisor. The kernel
// keeps a signal from the first process of a PID namespace unless it is caught
// there (pid_namespaces(7)), but the user meant what the signal does to any
// other process.
//
// INT and QUIT for a child that shares the terminal's foreground are taken for
// the keys' (Ctrl-C), which the child got too: who sent a signal is not known.
func (s *Supervisor) handOn(c *Child, got syscall.Signal) {
	does := actionOf(got)
	if s.Grace != nil && meansEnd(got) && !s.terminal.sentTo(c, got) {
		s.ending.Do(func() { time.AfterFunc(*s.Grace, func() { _ = c.Signal(unix.SIGKILL) }) })
	}
	switch {
	case got == unix.SIGCONT:
		c.held = false
		_ = c.Signal(got)
	case c.Kind.First && does == stops:
		if c.disposition(got) != ignored && !s.terminal.late(got) {
			c.hold()
			c.heldAt = s.goneOn.Load()
		}
	case c.Kind.First && does == terminates && c.disposition(got) == byDefault:
		c.killedFor = got
		_ = c.Signal(unix.SIGKILL)
	case !s.terminal.sentTo(c, got):
		_ = c.Signal(got) // it may be gone, which Wait will tell
	}
}

// stopWith stops this process together with the child, so that a shell outside
// sees its job stopped and has the terminal. When it goes on, so does the
// child. A child that somebody stopped, and that has no such shell, is left to
// him. An init is stopped from outside (pid_namespaces(7)): the CONT that comes
// with its going on is handed on.
func (s *Supervisor) stopWith(c *Child, by syscall.Signal) {
	s.acting.Lock()
	defer s.acting.Unlock()
	if os.Getpid() == 1 || !c.held && !s.terminal.stopped(c, by) {
		return
	}
	if !c.stays() || c.held && s.resumed(c) {
		c.held = false
		_ = c.Signal(unix.SIGCONT)
		return
	}
	stopSelf()
	s.stopped.Add(1)
	c.held = false
	_ = c.Signal(unix.SIGCONT)
	s.forgetStops(c)
}

// forgetStops drops those that wait still.
func (s *Supervisor) forgetStops(c *Child) {
	for {
		select {
		case got := <-s.signals:
			if actionOf(got) != stops {
				s.handOn(c, got.(syscall.Signal))
			}
		default:
			return
		}
	}
}
