package namespace

import (
	"fmt"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Propagation says how mounts travel between a new mount namespace and the one
// that it is a copy of (mount_namespaces(7)): private, slave, shared, or
// unchanged.
//
// Empty is private: on most hosts all mounts are shared, and one made in the
// new namespace would appear on the host too. With a new user namespace empty
// is what the kernel makes by itself of what was shared: slave.
type Propagation string

const unchanged Propagation = "unchanged"

// propagations have the flags of mount(2).
var propagations = map[Propagation]uintptr{
	"private": unix.MS_PRIVATE,
	"slave":   unix.MS_SLAVE,
	"shared":  unix.MS_SHARED,
	unchanged: 0,
}

// UnmarshalText takes the word from a command line.
func (p *Propagation) UnmarshalText(text []byte) error {
	if _, known := propagations[Propagation(text)]; !known {
		return fmt.Errorf("%q: mounts travel private, slave, shared or unchanged", text)
	}
	*p = Propagation(text)
	return nil
}

// propagate sets how mounts travel. The namespace ends with the process: there
// is nothing to undo.
type propagate struct {
	step.Final
	mode Propagation
}

func (s propagate) Do() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|propagations[s.mode], ""); err != nil {
		return fmt.Errorf("make / %s: %w", s.mode, err)
	}
	return nil
}

func (s propagate) Say() string { return step.Say("mount", "--make-r"+string(s.mode), "/") }

func (propagate) Why() string {
	return "No mount of the container comes up on the host (man 7 mount_namespaces)."
}
