package namespace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Target is a running process whose namespaces are to be entered.
type Target struct {
	PID   int
	fd    int     // pidfd
	flags uintptr // the kinds in which it is elsewhere than we are
}

// Open finds the process, and in which namespaces it differs from this one.
func Open(pid int) (*Target, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH), errors.Is(err, unix.EINVAL):
		return nil, fmt.Errorf("%d: no such process", pid)
	case err != nil:
		return nil, fmt.Errorf("%d: %w", pid, err)
	}
	t := &Target{PID: pid, fd: fd}
	theirs, err := ids(strconv.Itoa(pid))
	if err != nil {
		return nil, fmt.Errorf("%d: see its namespaces: needs root: %w", pid, step.Cause(err))
	}
	ours, err := ids("self")
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if theirs[k.file] != ours[k.file] {
			t.flags |= k.flag
		}
	}
	return t, t.check()
}

// check refuses what a program with threads cannot do, as every Go program is.
func (t *Target) check() error {
	for _, k := range kinds {
		if t.flags&k.flag&(unix.CLONE_NEWUSER|unix.CLONE_NEWTIME) != 0 {
			return fmt.Errorf("%d: is in another %s namespace, which only a program without threads can join: 'nsenter --all --target %d' can",
				t.PID, k.word, t.PID)
		}
	}
	return nil
}

// Leaving opens the namespaces that entering takes the thread out of.
func (t *Target) Leaving() (*Home, error) { return leaving(t.flags) }

// Steps plans to enter the target's namespaces with the calling thread.
func (t *Target) Steps() step.List { return step.List{enter{target: t}} }

type enter struct {
	step.Final
	target *Target
}

// Do joins them all at once by the pidfd, so that the number cannot become
// another process's in between (setns(2), Linux 5.8).
func (s enter) Do() error {
	runtime.LockOSThread()
	if s.target.flags == 0 {
		return nil
	}
	// A thread that shares its root and working directory with others may not
	// change its mount namespace.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("%d: %w", s.target.PID, err)
	}
	if err := unix.Setns(s.target.fd, int(s.target.flags)); err != nil {
		if errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("%d: no such process any more", s.target.PID)
		}
		return fmt.Errorf("%d: enter its namespaces: %w", s.target.PID, err)
	}
	return nil
}

func (s enter) Say() string {
	return step.Say(append([]string{"nsenter", "--target", strconv.Itoa(s.target.PID)}, words(s.target.flags)...)...)
}

// Start starts the program as a child in the target's namespaces and in the
// cgroup that the open folder stands for (clone3(2), CLONE_INTO_CGROUP).
func (t *Target) Start(p *chain.Program, group *os.File) (*Child, error) {
	attr := &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	if t.flags&unix.CLONE_NEWPID == 0 {
		// In another PID namespace Go's check that the parent still lives goes
		// wrong, because nobody there can see it: the child would kill itself.
		attr.Pdeathsig = syscall.SIGKILL
	}
	pid, err := p.Fork(attr)
	if errors.Is(err, unix.EAGAIN) {
		return nil, fmt.Errorf("%d: its group takes no further process (pids.max): %w", t.PID, err)
	}
	if err != nil {
		return nil, p.Why(err)
	}
	return newChild(pid, p.Status, false), nil
}
