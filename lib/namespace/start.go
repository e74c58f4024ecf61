package namespace

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/chain"
	"mini-container/lib/step"
	"mini-container/lib/supervise"
)

// Start is the step that starts the program as a child in the namespaces that
// the calling, locked thread has entered or made by the spec's Steps, and in
// those that a clone makes. The thread then has to go Home, so that the
// supervisor is wholly outside. The child ends with this process: there is
// nothing to undo.
type Start struct {
	step.Final
	Child *supervise.Child // once it is done

	spec    Spec
	program *chain.Program
}

// Start plans to start the program.
func (s Spec) Start(p *chain.Program) *Start { return &Start{spec: s, program: p} }

// Do forks.
func (s *Start) Do() error {
	attr := &syscall.SysProcAttr{
		Cloneflags: s.spec.cloned(),
		// The container never outlives its supervisor. The signal follows the
		// thread that forks (prctl(2), PR_SET_PDEATHSIG): it is locked, and
		// waits for the child until the end.
		Pdeathsig: syscall.SIGKILL,
	}
	if s.spec.User {
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
		attr.GidMappingsEnableSetgroups = maySetgroups()
	}
	pid, err := s.program.Fork(attr)
	if err != nil {
		return s.why(err)
	}
	s.Child = supervise.NewChild(pid, s.program.Status, child(s.spec.PID))
	return nil
}

// child is what its supervisor has to know.
func child(first bool) supervise.Kind {
	return supervise.Kind{Tool: "mc-ns", First: first, Namespaces: func(pid int) map[string]uint64 {
		namespaces, err := ids(strconv.Itoa(pid))
		if err != nil || namespaces["uts"] == 0 {
			return nil // it has ended already
		}
		return namespaces
	}}
}

// Say is unshare(1), which makes and forks in one.
func (s *Start) Say() string {
	words := append([]string{"unshare", "--fork", "--kill-child"}, words(s.spec.cloned())...)
	if s.spec.User {
		words = append(words, "--map-root-user")
	}
	return step.Say(words...)
}

func (s *Start) why(err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
		return whyNew(s.spec.cloned(), err)
	}
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOMEM) {
		return fmt.Errorf("fork: %w", err)
	}
	return s.program.Why(err)
}

// maySetgroups tells whether this process may give its groups up. Only then
// may a child in a user namespace of ours: a group can also be there to keep
// somebody out (user_namespaces(7)).
func maySetgroups() bool {
	has, _ := capable.Has(unix.CAP_SETGID)
	return has
}
