package namespace

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// forwarded are the signals that a supervisor hands on. CHLD and PIPE are its
// own business, and Go's runtime sends itself URG.
var forwarded = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
	unix.SIGALRM, unix.SIGCONT, unix.SIGWINCH, unix.SIGTSTP,
}

// Supervisor stays outside while the child runs.
type Supervisor struct {
	signals  chan os.Signal
	terminal *terminal
	parent   int // pidfd of the parent, or -1
}

// Supervise makes the supervisor ready before there is a child, so that no
// signal is lost. A signal that the caller ignores, as nohup(1) does, is left
// ignored for the child too.
//
// With dieWithParent the child is killed when the parent of this process ends.
// A pidfd tells that: PR_SET_PDEATHSIG would tell of the end of the parent's
// thread.
func Supervise(dieWithParent bool) (*Supervisor, error) {
	s := &Supervisor{signals: make(chan os.Signal, 32), parent: -1}
	if dieWithParent {
		if err := s.watchParent(); err != nil {
			return nil, err
		}
	}
	for _, one := range forwarded {
		if !signal.Ignored(one) {
			signal.Notify(s.signals, one)
		}
	}
	s.terminal = openTerminal()
	return s, nil
}

func (s *Supervisor) watchParent() error {
	parent := os.Getppid()
	fd, err := unix.PidfdOpen(parent, 0)
	if err != nil || os.Getppid() != parent {
		return fmt.Errorf("the parent process %d is gone already", parent)
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
	exit, err := c.Wait()
	s.terminal.takeBack()
	return exit, err
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
	for got := range s.signals {
		s.handOn(c, got.(syscall.Signal))
	}
}

// handOn gives the child one signal that came to the supervisor.
func (s *Supervisor) handOn(c *Child, got syscall.Signal) {
	// What the terminal sends (Ctrl-C) goes to its whole foreground group: a
	// child in that group has it already.
	had := (got == unix.SIGINT || got == unix.SIGQUIT || got == unix.SIGTSTP) && s.terminal.sentTo(c)
	switch {
	case got == unix.SIGTSTP:
		s.stop(c)
	case c.first && terminates(got) && c.disposition(got) == byDefault:
		// The kernel keeps a signal from the first process of a PID namespace
		// unless it is caught there (pid_namespaces(7)). The user meant what
		// the signal does to any other process.
		c.killedFor.Store(int32(got))
		_ = c.Signal(unix.SIGKILL)
	case !had:
		_ = c.Signal(got) // it may be gone, which Wait will tell
	}
}

// stop stops the child and then this process, as Ctrl-Z does to a job. STOP,
// because the first process of a PID namespace is kept from TSTP. Both go on
// by the CONT that a shell sends.
func (s *Supervisor) stop(c *Child) {
	_ = c.Signal(unix.SIGSTOP)
	_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
}

// terminates tells the default action of a forwarded signal (signal(7)).
func terminates(s syscall.Signal) bool {
	return s != unix.SIGCONT && s != unix.SIGWINCH && s != unix.SIGTSTP
}
