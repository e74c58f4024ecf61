package namespace

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
)

// Start starts the program as a child in the namespaces that the calling,
// locked thread has entered or made by the spec's Steps, and in those that a
// clone makes. The thread then goes back to home, so that the supervisor is
// wholly outside.
func (s Spec) Start(p *chain.Program, home *Home) (*Child, error) {
	attr := &syscall.SysProcAttr{
		Cloneflags: s.cloned(),
		// The container never outlives its supervisor. The signal follows the
		// thread that forks (prctl(2), PR_SET_PDEATHSIG): it is locked, and
		// waits for the child until the end.
		Pdeathsig: syscall.SIGKILL,
	}
	if s.User {
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	pid, err := p.Fork(attr)
	if err != nil {
		return nil, s.whyStart(p, err)
	}
	return newChild(pid, p.Status, s.PID), home.Return()
}

func (s Spec) whyStart(p *chain.Program, err error) error {
	if flags := s.cloned(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
		return whyNew(flags, err)
	}
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOMEM) {
		return fmt.Errorf("fork: %w", err)
	}
	return p.Why(err)
}

// Home is where a thread came from: its namespaces, open.
type Home struct {
	files []homeFile
}

type homeFile struct {
	flag int
	file *os.File
}

// Leaving opens the namespaces that the spec's Steps will take the thread out
// of. The PID and the time namespace are not among them: only children enter
// those. A thread never leaves its user namespace here.
func (s Spec) Leaving() (*Home, error) {
	left := s.flags() &^ s.cloned()
	if s.JoinNet != "" {
		left |= unix.CLONE_NEWNET
	}
	return leaving(left)
}

func leaving(flags uintptr) (*Home, error) {
	home := &Home{}
	for _, k := range kinds {
		if flags&k.flag == 0 || k.flag == unix.CLONE_NEWPID || k.flag == unix.CLONE_NEWTIME {
			continue
		}
		f, err := os.Open("/proc/thread-self/ns/" + k.file)
		if err != nil {
			return nil, err
		}
		home.files = append(home.files, homeFile{int(k.flag), f})
	}
	return home, nil
}

// Return takes the calling thread back.
func (h *Home) Return() error {
	for _, f := range h.files {
		if err := unix.Setns(int(f.file.Fd()), f.flag); err != nil {
			return fmt.Errorf("return to %s: %w", f.file.Name(), err)
		}
		f.file.Close()
	}
	return nil
}
