// Package privilege is who a command is and what it may do: user, capabilities,
// no_new_privs, system calls, limits, keys. It plans the calls of a process
// that is about to become the command, and makes none.
package privilege

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// Spec says what a command may do. The zero Spec changes nothing. It travels
// as JSON from the link that promises it to the last one, which keeps it.
type Spec struct {
	Capabilities *Set     `json:"capabilities,omitempty"` // all that it can ever have; nil leaves them
	Kept         Set      `json:"kept,omitempty"`         // those of them that a user other than root has, too
	NoNewPrivs   bool     `json:"no_new_privs,omitempty"` // no program gives more (prctl(2))
	Seccomp      int      `json:"seccomp,omitempty"`      // descriptor of a file that holds a filter, or 0
	User         string   `json:"user,omitempty"`         // UID|NAME[:GID|GROUP], looked up in the command's root
	Groups       []string `json:"groups,omitempty"`       // more groups than the user's
	Umask        *Mode    `json:"umask,omitempty"`
	Limits       []Limit  `json:"limits,omitempty"`
	Keyring      bool     `json:"keyring,omitempty"`          // a session keyring of its own
	Killable     bool     `json:"killable,omitempty"`         // not spared when memory is out, whatever the caller is
	CgroupNS     bool     `json:"cgroup_namespace,omitempty"` // whose root is the group that the command is in
	UserNS       int      `json:"user_namespace,omitempty"`   // descriptor of a user namespace to be in, or 0
	First        int      `json:"first,omitempty"`            // who its root is outside
	Proc         bool     `json:"proc,omitempty"`             // /proc is of the PID namespace that the command is in
	Workdir      string   `json:"workdir,omitempty"`          // where the command starts, in its root
	KeepFDs      []int    `json:"keep_fds,omitempty"`         // descriptors above 2 that it gets all the same
}

// Who is the user that a command becomes.
type Who struct {
	UID, GID int
	Groups   []int
	Home     string // empty when nothing is known of it
	Inside   bool   // in a root of its own, which a link has made

	left *Set // the capabilities that an earlier spec has left
}

// IsZero tells whether the spec changes nothing.
func (s Spec) IsZero() bool { return reflect.ValueOf(s).IsZero() }

// Files are the descriptors that go along with the spec.
func (s Spec) Files() []int {
	all := slices.Clone(s.KeepFDs)
	for _, fd := range []int{s.Seccomp, s.UserNS} {
		if fd > 0 {
			all = append(all, fd)
		}
	}
	return all
}

// Calls are those that make the calling process what the spec says, in an order
// in which each is still allowed to do its work: first what needs to be root
// outside, the filter last of all. What has to be looked up is looked up now,
// in the root that the process has. Of several specs the next one is given who
// the one before has made of it: it can only take more.
func (s Spec) Calls(before Who) (raw.Calls, Who, error) {
	who, named, err := s.who(Here)
	if err != nil {
		return nil, who, err
	}
	if !named {
		who = before
	}
	who.left, who.Inside = before.left, before.Inside
	filter, err := s.filter()
	if err != nil {
		return nil, who, err
	}
	calls, err := s.kept()
	if err != nil {
		return nil, who, err
	}
	add := func(more ...raw.Call) { calls = append(calls, more...) }
	for _, l := range s.Limits {
		add(l.call())
	}
	killable, err := s.killable()
	if err != nil {
		return nil, who, err
	}
	add(killable...)
	if s.Umask != nil {
		add(raw.New("umask", unix.SYS_UMASK, uintptr(*s.Umask)))
	}
	add(s.cgroupNS(before.Inside)...)
	add(s.procFS()...)
	if s.UserNS > 0 {
		add(raw.New("enter the user namespace", unix.SYS_SETNS, uintptr(s.UserNS), unix.CLONE_NEWUSER))
	}
	var keyring raw.Calls
	if s.Keyring {
		keyring = raw.Calls{raw.New("a session keyring", unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0)}
	}
	if !s.NoNewPrivs {
		add(keyring...) // which docker's profile refuses
		add(filter...)  // it needs CAP_SYS_ADMIN then, which is about to go
	}
	add(s.bound()...)
	if named {
		add(who.calls()...)
	}
	if s.NoNewPrivs {
		add(keyring...) // it is the user's then
	}
	cut, err := s.capabilities(&who)
	if err != nil {
		return nil, who, err
	}
	add(cut...)
	add(rearm(named)...)
	if s.NoNewPrivs {
		add(raw.Prctl("no_new_privs", unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		add(filter...)
	}
	return calls, who, nil
}

// kept goes to the working directory, and leaves the descriptors open that the
// exec would close.
func (s Spec) kept() (raw.Calls, error) {
	var calls raw.Calls
	for _, fd := range s.KeepFDs {
		calls = append(calls, raw.New(fmt.Sprintf("keep descriptor %d", fd), unix.SYS_FCNTL, uintptr(fd), unix.F_SETFD, 0))
	}
	if s.Workdir == "" {
		return calls, nil
	}
	path, err := unix.BytePtrFromString(s.Workdir)
	if err != nil {
		return nil, fmt.Errorf("working directory %q: %w", s.Workdir, err)
	}
	return append(calls, raw.Pointing(raw.New("working directory "+s.Workdir, unix.SYS_CHDIR), 0, path)), nil
}

// rearm asks once more for the signal that this process gets when its parent
// ends: a change of the user forgets it (prctl(2), PR_SET_PDEATHSIG).
func rearm(changes bool) raw.Calls {
	if !changes {
		return nil
	}
	return raw.Calls{raw.Prctl("die with the parent", unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL))}
}

// Mode is a file mode in octal digits.
type Mode uint32

// UnmarshalText takes 022.
func (m *Mode) UnmarshalText(text []byte) error {
	var n uint32
	if _, err := fmt.Sscanf(string(text), "%o", &n); err != nil || n > 0o777 || strings.Trim(string(text), "01234567") != "" {
		return fmt.Errorf("%q: is no umask of octal digits, as 022", text)
	}
	*m = Mode(n)
	return nil
}

// MarshalText is String.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// String is the four digits of umask(1).
func (m Mode) String() string { return fmt.Sprintf("%04o", uint32(m)) }
