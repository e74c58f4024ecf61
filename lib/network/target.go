package network

import (
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/name"
	"mini-container/lib/step"
)

// Target is a network namespace that a person means: that of a container's
// name, or of a file, as /run/netns/NAME or /proc/PID/ns/net.
type Target struct {
	Name name.Name // empty for a file
	Path string
}

// UnmarshalText takes a name, or a path, which has a slash.
func (t *Target) UnmarshalText(text []byte) error {
	if s := string(text); strings.Contains(s, "/") {
		t.Path = s
		return nil
	}
	if err := t.Name.UnmarshalText(text); err != nil {
		return fmt.Errorf("%w, or a path", err)
	}
	return nil
}

// String is what it was called.
func (t Target) String() string {
	if t.Name != "" {
		return string(t.Name)
	}
	return t.Path
}

// netns is a file of the namespace.
func (t Target) netns() (string, error) {
	if t.Name == "" {
		return t.Path, nil
	}
	c, err := Find(t.Name)
	if err != nil {
		return "", err
	}
	if c.Netns == "" || c.State == StateRotten {
		return "", fmt.Errorf("%s: its network namespace is gone", t.Name)
	}
	return c.Netns, nil
}

// Enter plans to move this thread, and what it becomes by exec, to the
// namespace. It stays the calling goroutine's.
func Enter(t Target) (step.List, error) {
	path, err := t.netns()
	if err != nil {
		return nil, err
	}
	at, err := enter(path)
	if err != nil {
		return nil, err
	}
	at.conn.close()
	return step.List{enterNetns{path: path, fd: at.fd}}, nil
}

// enterNetns moves to a namespace that is open (setns(2)).
type enterNetns struct {
	step.Final
	path string
	fd   int
}

// Do moves there. What this goroutine's thread execs is there too.
func (s enterNetns) Do() error {
	runtime.LockOSThread()
	defer unix.Close(s.fd)
	if err := unix.Setns(s.fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("%s: enter: %w", s.path, capable.NeedsRoot(err))
	}
	return nil
}

// Say is nsenter(1).
func (s enterNetns) Say() string { return step.Say("nsenter", "--net="+s.path) }
