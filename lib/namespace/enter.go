package namespace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/chain"
	"mini-container/lib/raw"
	"mini-container/lib/step"
	"mini-container/lib/supervise"
)

// Target is a running process whose namespaces are to be entered.
type Target struct {
	PID   int
	fd    int      // pidfd
	root  *os.File // its root, which may be none of a mount namespace's own (chroot(2))
	flags uintptr  // the kinds in which it is elsewhere than we are
}

// Open finds the process, and in which namespaces it differs from this one.
//
// What is read by its number is of that very process: the pidfd is opened
// first, and entering fails if the process has ended since.
func Open(pid int) (*Target, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH), errors.Is(err, unix.EINVAL):
		return nil, fmt.Errorf("%d: no such process", pid)
	case err != nil:
		return nil, fmt.Errorf("%d: %w", pid, err)
	}
	t := &Target{PID: pid, fd: fd}
	if t.flags, err = elsewhere(pid); err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.root, err = openFolder(fmt.Sprintf("/proc/%d/root", pid)); err != nil {
		return nil, fmt.Errorf("%d: see its root: %w", pid, step.Cause(err))
	}
	return t, nil
}

// elsewhere are the kinds of namespaces in which a process is not in ours.
func elsewhere(pid int) (uintptr, error) {
	theirs, err := ids(strconv.Itoa(pid))
	if err != nil {
		return 0, fmt.Errorf("%d: see its namespaces: %w", pid, capable.NeedsRoot(step.Cause(err)))
	}
	ours, err := ids("self")
	if err != nil {
		return 0, err
	}
	var flags uintptr
	for _, k := range kinds {
		if ours[k.file] != 0 && theirs[k.file] == 0 {
			return 0, fmt.Errorf("%d: has ended, only its exit status is still there", pid)
		}
		if theirs[k.file] != ours[k.file] {
			flags |= k.flag
		}
	}
	return flags, nil
}

// check refuses what a program with threads cannot do, as every Go program is.
func (t *Target) check() error {
	for _, k := range kinds {
		if t.flags&k.flag&unix.CLONE_NEWTIME != 0 {
			return fmt.Errorf("%d: is in another %s namespace, which only a program without threads can join: 'nsenter --all --target %d' can",
				t.PID, k.word, t.PID)
		}
	}
	return nil
}

// joined are the namespaces that the thread can join: all but that of the
// user, which is for the child.
func (t *Target) joined() uintptr { return t.flags &^ unix.CLONE_NEWUSER }

// UserNS opens the target's user namespace, for the child to enter: a process
// with threads cannot. It is 0 when that is the one we are in.
func (t *Target) UserNS() (fd int, err error) {
	if t.flags&unix.CLONE_NEWUSER == 0 {
		return 0, nil
	}
	fd, err = unix.Open(fmt.Sprintf("/proc/%d/ns/user", t.PID), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("%d: its user namespace: %w", t.PID, err)
	}
	return fd, nil
}

// OwnUser tells whether the target is in another user namespace than this
// process.
func (t *Target) OwnUser() bool { return t.flags&unix.CLONE_NEWUSER != 0 }

// Leaving opens what entering takes the thread out of. It ties the goroutine to
// the thread, and so comes before the thread is taken into any group: another
// one would fork outside of the group and its limits.
func (t *Target) Leaving() (*Home, error) { return leavingRoot(t.joined()) }

// Steps plans to enter the target's namespaces with the calling thread.
func (t *Target) Steps() step.List {
	return step.List{enter{target: t, flags: t.joined(), root: t.root}}
}

// enter has no undo: what it takes the thread out of, Home takes it back to.
type enter struct {
	step.Final
	target *Target
	flags  uintptr  // the kinds to join
	root   *os.File // nil: the thread keeps its own
}

// Do joins them all at once by the pidfd, so that the number cannot become
// another process's in between (setns(2), Linux 5.8). The root comes last: its
// folder may be out of reach of the namespace's own.
//
// From here on this process, and its child until that is the command, are among
// processes that may be hostile, with all that they have open: they are
// undumpable (prctl(2)), so that nobody there without CAP_SYS_PTRACE sees in.
func (s enter) Do() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keep others out of this process: %w", err)
	}
	runtime.LockOSThread()
	// A thread that shares its root and working directory with others may not
	// change its mount namespace.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("%d: %w", s.target.PID, err)
	}
	if err := s.join(); errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("%d: no such process any more", s.target.PID)
	} else if err != nil {
		return fmt.Errorf("%d: enter its namespaces: %w", s.target.PID, err)
	}
	if s.root == nil {
		return nil
	}
	if err := enterRoot(s.root); err != nil {
		return fmt.Errorf("%d: enter its root: %w", s.target.PID, err)
	}
	return nil
}

func (s enter) join() error {
	if s.flags == 0 {
		return unix.PidfdSendSignal(s.target.fd, 0, nil, 0) // is it there?
	}
	return unix.Setns(s.target.fd, int(s.flags))
}

func (s enter) Say() string {
	all := []string{"nsenter", "--target", strconv.Itoa(s.target.PID)}
	if s.root == nil {
		return step.Say(append(all, words(s.flags)...)...)
	}
	all = append(all, words(s.target.flags)...)
	return step.Say(append(all, "--root", "--wdns=/")...)
}

// Start starts the program as a child in the target's namespaces and in the
// cgroup that the open folder stands for (clone3(2), CLONE_INTO_CGROUP), or
// with none where this process is.
func (t *Target) Start(p *chain.Program, group *os.File) (*supervise.Child, error) {
	into := raw.Nowhere
	if group != nil {
		into = int(group.Fd())
	}
	pid, err := p.Spawn(into)
	if errors.Is(err, unix.EAGAIN) {
		return nil, fmt.Errorf("%d: %w", t.PID, err)
	}
	if err != nil {
		return nil, err
	}
	return supervise.NewChild(pid, p.Status, child(false)), nil
}
