package network

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Look-outs come at first soon and then seldom.
const (
	soonest = 5 * time.Millisecond
	latest  = 100 * time.Millisecond
)

// Late is the error of a wait that took too long: what is missing still.
type Late struct {
	Missing string
	After   time.Duration
}

// Error names it.
func (l *Late) Error() string { return fmt.Sprintf("%s, after %s", l.Missing, l.After) }

// ExitStatus is that of timeout(1).
func (*Late) ExitStatus() int { return 124 }

// Wait returns when the network of the target can be used: there is an interface
// beside lo, all are up at both ends, their addresses are tested (RFC 4862,
// 5.4), and somebody listens at each of the TCP ports. A timeout of zero is
// none. The error of a timeout is a Late.
func Wait(t Target, ports []uint16, timeout time.Duration) error {
	began := time.Now()
	for pause := soonest; ; pause = min(2*pause, latest) {
		missing, err := t.missing(ports)
		if err != nil || missing == "" {
			return err
		}
		if left := timeout - time.Since(began); timeout > 0 {
			if left <= 0 {
				return about(t.String(), &Late{missing, timeout})
			}
			pause = min(pause, left)
		}
		time.Sleep(pause)
	}
}

// missing is the first thing that is not so yet, or nothing.
func (t Target) missing(ports []uint16) (string, error) {
	path, err := t.netns()
	if errors.Is(err, errNone) {
		return "is not there", nil
	}
	if err != nil {
		return "", err
	}
	in, err := enter(path)
	if gone(err) {
		return "is not there", nil
	}
	if err != nil {
		return "", err
	}
	defer in.close()
	missing, err := in.unsettled()
	if err == nil && missing == "" {
		missing, err = in.silent(ports)
	}
	return missing, about(t.String(), err)
}

// unsettled tells what of the interfaces is not ready.
func (p *place) unsettled() (string, error) {
	links, err := p.conn.links()
	if err != nil {
		return "", err
	}
	some := false
	for _, l := range links {
		if l.Index == loopback {
			continue
		}
		if !l.up() || l.RawFlags&unix.IFF_LOWER_UP == 0 {
			return l.Name + ": is down", nil
		}
		has, err := p.conn.held(l.Index)
		if err != nil {
			return "", err
		}
		for _, h := range has {
			switch {
			case h.flags&unix.IFA_F_DADFAILED != 0:
				return "", fmt.Errorf("%s: another host has the address %s", l.Name, h.Addr())
			case h.flags&unix.IFA_F_TENTATIVE != 0 && !h.own():
				return fmt.Sprintf("%s: %s is still tested", l.Name, h.Addr()), nil
			}
			some = some || !h.own()
		}
	}
	if !some {
		return "has no address", nil
	}
	return "", nil
}

// silent names the first of the ports at which nobody listens that could be
// heard from outside.
func (p *place) silent(ports []uint16) (string, error) {
	if len(ports) == 0 {
		return "", nil
	}
	heard, err := p.listeners()
	if err != nil {
		return "", err
	}
	for _, port := range ports {
		hears := func(l Listener) bool {
			return l.Protocol == "tcp" && l.At.Port() == port && !l.At.Addr().IsLoopback()
		}
		if !slices.ContainsFunc(heard, hears) {
			return fmt.Sprintf("nobody listens at TCP port %d", port), nil
		}
	}
	return "", nil
}
