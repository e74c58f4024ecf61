package main

import (
	"errors"
	"fmt"
	"os"

	"mini-container/lib/chain"
	"mini-container/lib/privilege"
	"mini-container/lib/seccomp"
)

// privileges are the flags of run and enter that say what the command may do.
// They are promised: the links on the way still need what they take.
type privileges struct {
	Confine  bool              `help:"Take what a container's command needs no more: all capabilities but podman's default, new privileges, the system calls of docker's profile, core dumps, and the caller's keys."`
	CapAdd   privilege.Set     `sep:"none" placeholder:"CAP" help:"Leave it a capability, as NET_RAW, or all."`
	CapDrop  privilege.Set     `sep:"none" placeholder:"CAP" help:"Take a capability, or all."`
	NewPrivs *bool             `negatable:"" help:"Let programs give it privileges, as sudo does (not with --confine)."`
	Seccomp  string            `placeholder:"FILE|default|unconfined" help:"The profile of system calls, JSON as docker has it."`
	User     string            `placeholder:"USER[:GROUP]" help:"Become a user, by number or by name inside."`
	GroupAdd []string          `sep:"none" placeholder:"GROUP" help:"Join one more group, by number or by name inside."`
	Umask    *privilege.Mode   `placeholder:"MODE" help:"The mask of file modes, in octal."`
	Ulimit   []privilege.Limit `sep:"none" placeholder:"NAME=SOFT[:HARD]" help:"A resource limit, as nofile=1024:2048."`
	KeepFD   []int             `name:"keep-fd" sep:"none" placeholder:"N" help:"Leave it a descriptor above 2: it gets none else."`
	Keyring  *bool             `negatable:"" help:"Give it a session keyring of its own (with --confine)."`
}

// changed are the privileges that a process or a default has, as the flags
// change them, for the last link to keep. All that can be wrong outside is
// said now.
func (f privileges) changed(has privilege.Running) ([]chain.Promise, error) {
	spec := has.Spec
	if f.User != "" {
		spec.User, spec.Groups = f.User, nil
	}
	spec.Groups = append(spec.Groups, f.GroupAdd...)
	spec.Limits = append(spec.Limits, f.Ulimit...)
	spec.KeepFDs = f.KeepFD
	if f.Umask != nil {
		spec.Umask = f.Umask
	}
	if f.NewPrivs != nil {
		spec.NoNewPrivs = !*f.NewPrivs
	}
	if f.Keyring != nil {
		spec.Keyring = *f.Keyring
	}
	if f.CapAdd != 0 || f.CapDrop != 0 {
		left := privilege.All
		if spec.Capabilities != nil {
			left = *spec.Capabilities
		}
		left = left&^f.CapDrop | f.CapAdd
		spec.Capabilities, spec.Kept = &left, spec.Kept&^f.CapDrop|f.CapAdd
	}
	filter, err := f.filter(has.Filtered, spec.Capabilities)
	if err != nil {
		return nil, err
	}
	if filter != nil {
		if spec.Seccomp, err = privilege.Hand(filter); err != nil {
			return nil, err
		}
	}
	if spec.IsZero() {
		return nil, nil
	}
	return []chain.Promise{{What: "its privileges", Become: &spec}}, nil
}

// filter is what --seccomp says, or nil. What it lets through depends on the
// capabilities that are left.
func (f privileges) filter(wanted bool, left *privilege.Set) ([]byte, error) {
	has := privilege.All
	if left != nil {
		has = *left
	}
	switch {
	case f.Seccomp == "unconfined" || f.Seccomp == "" && !wanted:
		return nil, nil
	case f.Seccomp == "" || f.Seccomp == "default":
		return seccomp.Default(has.Names())
	}
	profile, err := os.ReadFile(f.Seccomp)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("--seccomp: %s: no such profile, nor is it default or unconfined", f.Seccomp)
	}
	if err != nil {
		return nil, fmt.Errorf("--seccomp: %w", err)
	}
	filter, err := seccomp.Compile(profile, has.Names())
	if err != nil {
		return nil, fmt.Errorf("--seccomp: %s: %w", f.Seccomp, err)
	}
	return filter, nil
}
