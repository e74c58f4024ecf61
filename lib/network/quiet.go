package network

import (
	"errors"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// deafen makes a bridge take no router advertisements: whoever is in a
// container could give the host an address and a default route by one
// (RFC 4861, 11.1).
type deafen struct {
	step.Final
	link string
}

func (s deafen) file() step.WriteFile {
	return step.WriteFile{Path: "/proc/sys/net/ipv6/conf/" + s.link + "/accept_ra", Text: "0"}
}

// Do writes it. A host without IPv6 has no such file, and none is told.
func (s deafen) Do() error { return unlessNotOurs(s.file().Do()) }

// Say is echo.
func (s deafen) Say() string {
	return "[ ! -e " + s.file().Path + " ] || " + s.file().Say()
}

// unlessNotOurs passes over what a container may not set in /proc/sys, and what
// this kernel has not.
func unlessNotOurs(err error) error {
	if errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EINVAL) || gone(err) {
		return nil
	}
	return err
}
