package network

import (
	"errors"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// addAddress gives a link an address.
type addAddress struct {
	at      *place
	link    string
	address netip.Prefix
}

func (s addAddress) do(kind, flags int) error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return errors.Join(err, unix.ENODEV)
	}
	f := familyOf(s.address.Addr())
	m := nl.NewIfAddrmsg(f.number)
	m.Prefixlen, m.Index = uint8(s.address.Bits()), uint32(l.Index)
	ip := s.address.Addr().AsSlice()
	parts := []nl.NetlinkRequestData{m, attribute(unix.IFA_LOCAL, ip), attribute(unix.IFA_ADDRESS, ip)}
	if f.broadcasts {
		parts = append(parts, attribute(unix.IFA_BROADCAST, broadcast(s.address).AsSlice()))
	} else {
		m.Flags = unix.IFA_F_NODAD // altnames and the probe have looked for duplicates
	}
	return s.at.conn.do(kind, flags, parts...)
}

// Do adds it.
func (s addAddress) Do() error {
	err := s.do(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	return about(s.link+": address "+s.address.String(), whyAddress(s, unmade(err, s.Undo)))
}

// Undo takes it away. A link that goes down loses those of IPv6.
func (s addAddress) Undo() error {
	err := s.do(unix.RTM_DELADDR, 0)
	if errors.Is(err, unix.EADDRNOTAVAIL) {
		return nil
	}
	return about(s.link+": address "+s.address.String(), err)
}

// Say is ip-address(8).
func (s addAddress) Say() string {
	if s.address.Addr().Is6() {
		return s.at.say("address", "add", s.address.String(), "nodad", "dev", s.link)
	}
	return s.at.say("address", "add", s.address.String(), "broadcast", "+", "dev", s.link)
}

func (addAddress) Why() string {
	return "The address, and the subnet that is reached by it (man 8 ip-address)."
}

// dropAddress frees the address of a link that goes.
type dropAddress struct {
	step.Final
	addAddress
}

// Do takes it away.
func (s dropAddress) Do() error { return s.addAddress.Undo() }

// Undo does nothing: a removal is final.
func (s dropAddress) Undo() error { return nil }

// Why needs no word.
func (s dropAddress) Why() string { return "" }

// Say is ip-address(8).
func (s dropAddress) Say() string {
	return s.at.say("address", "delete", s.address.String(), "dev", s.link)
}
