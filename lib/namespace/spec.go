package namespace

import (
	"fmt"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Spec says which namespaces a process gets, and what is set in them. That of
// the cgroups is not among them: its root is the group that the process is in,
// so it has to come after the command has joined one.
type Spec struct {
	Mount, UTS, IPC, PID, Net, User, Time bool

	JoinNet     string // the file of a network namespace to join
	Propagation Propagation
	Hostname    Nodename
	Domainname  Nodename
}

// flags are those of clone(2) for the new namespaces.
func (s Spec) flags() uintptr {
	var flags uintptr
	for flag, want := range map[uintptr]bool{
		unix.CLONE_NEWNS: s.Mount, unix.CLONE_NEWUTS: s.UTS, unix.CLONE_NEWIPC: s.IPC,
		unix.CLONE_NEWPID: s.PID, unix.CLONE_NEWNET: s.Net,
		unix.CLONE_NEWUSER: s.User, unix.CLONE_NEWTIME: s.Time,
	} {
		if want {
			flags |= flag
		}
	}
	return flags
}

// Forks tells whether a child is needed: a PID namespace holds children only,
// and a process with threads, as every Go program is, cannot enter a user
// namespace itself (unshare(2)).
func (s Spec) Forks() bool { return s.PID || s.User }

// cloned are the flags for the clone(2) of the child. A new user namespace
// must come first and own all others, so these are made with it. That of time
// cannot be: its flag is where clone(2) has the signal of the child's end.
func (s Spec) cloned() uintptr {
	if s.User {
		return s.flags() &^ unix.CLONE_NEWTIME
	}
	return s.flags() & unix.CLONE_NEWPID
}

// unshared are the flags for the thread itself.
func (s Spec) unshared() uintptr {
	if s.User {
		return 0
	}
	return s.flags() &^ unix.CLONE_NEWPID
}

// Inside is what only a process in the new user namespace can do. Unless it is
// empty, a plain link that does this has to be put in front of the program.
func (s Spec) Inside() Spec {
	if !s.User {
		return Spec{}
	}
	return Spec{Time: s.Time, Propagation: s.Propagation, Hostname: s.Hostname, Domainname: s.Domainname}
}

// Check refuses what cannot be, before anything is changed.
func (s Spec) Check() error {
	if s.Net && s.JoinNet != "" {
		return fmt.Errorf("net: a new namespace or %s, not both", s.JoinNet)
	}
	if err := checkOwned(s); err != nil {
		return err
	}
	for _, k := range kinds {
		if s.flags()&k.flag == 0 {
			continue
		}
		if err := supported(k); err != nil {
			return err
		}
	}
	return nil
}

// Steps plans what the calling thread does to itself: it joins and leaves
// namespaces, and sets what belongs to the new ones. What has to wait for the
// clone of a child is left out: that is Inside.
func (s Spec) Steps() step.List {
	var plan step.List
	if s.JoinNet != "" {
		plan = append(plan, join{kind: "net", path: s.JoinNet, flag: unix.CLONE_NEWNET})
	}
	if flags := s.unshared(); flags != 0 {
		plan = append(plan, unshare{flags: flags})
	}
	if s.User {
		return plan
	}
	return append(plan, s.set()...)
}

// set plans what belongs to the new namespaces.
func (s Spec) set() step.List {
	var plan step.List
	if mode := s.propagation(); mode != unchanged {
		plan = append(plan, propagate{mode: mode})
	}
	if s.Hostname != "" {
		plan = append(plan, hostname{name: s.Hostname})
	}
	if s.Domainname != "" {
		plan = append(plan, domainname{name: s.Domainname})
	}
	return plan
}

func (s Spec) propagation() Propagation {
	switch {
	case s.Propagation != "":
		return s.Propagation
	case s.Mount && !s.User:
		return "private"
	}
	return unchanged
}

// Leaving opens the namespaces that the spec's Steps will take the thread out
// of, and ties the goroutine to the thread.
func (s Spec) Leaving() (*Home, error) {
	left := s.unshared()
	if s.JoinNet != "" {
		left |= unix.CLONE_NEWNET
	}
	return leaving(left)
}
