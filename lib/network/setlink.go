package network

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// loopback is the number of lo in every network namespace (LOOPBACK_IFINDEX).
const loopback = 1

// setUp puts a link up.
type setUp struct {
	at   *place
	link string
}

func (s setUp) set(flags uint32) error {
	m := linkMessage(0)
	m.Flags, m.Change = flags, unix.IFF_UP
	return s.at.conn.do(unix.RTM_SETLINK, 0, m, named(s.link))
}

// Do puts it up.
func (s setUp) Do() error { return about(s.link+": up", s.set(unix.IFF_UP)) }

// Undo puts it down.
func (s setUp) Undo() error { return about(s.link+": down", s.set(0)) }

// Say is ip-link(8).
func (s setUp) Say() string { return s.at.say("link", "set", s.link, "up") }

// raiseLoopback puts lo up in a namespace that somebody else made.
type raiseLoopback struct {
	setUp
	bare bool // it had no address
}

// Undo puts it down, and takes away the address that the kernel gave it then.
func (s raiseLoopback) Undo() error {
	err := s.setUp.Undo()
	if err != nil || !s.bare {
		return err
	}
	return addAddress{s.at, s.link, netip.MustParsePrefix("127.0.0.1/8")}.Undo()
}

// setAlias marks a link that this very list has made: it needs no undo.
type setAlias struct {
	step.Final
	at          *place
	link, alias string
}

// Do sets the alias.
func (s setAlias) Do() error {
	return about(s.link+": alias", s.at.conn.do(unix.RTM_SETLINK, 0,
		linkMessage(0), named(s.link), attribute(unix.IFLA_IFALIAS, []byte(s.alias))))
}

// Say is ip-link(8).
func (s setAlias) Say() string { return s.at.say("link", "set", s.link, "alias", s.alias) }

// deleteLink destroys a link, and with a veth its peer. The kernel keeps the
// caller waiting until no reader can have the link any more: tens of
// milliseconds.
type deleteLink struct {
	step.Final
	at   *place
	link string
}

// Do destroys it. What is gone is no error.
func (s deleteLink) Do() error { return s.at.delete(s.link) }

// Say is ip-link(8).
func (s deleteLink) Say() string { return s.at.say("link", "delete", s.link) }

func (p *place) delete(link string) error {
	err := p.conn.do(unix.RTM_DELLINK, 0, linkMessage(0), named(link))
	if err == unix.ENODEV {
		return nil
	}
	return about(link+": delete", err)
}

// kind is the part of a message that says what the link is, with what only
// this kind has.
func kind(k string, data *nl.RtAttr) *nl.RtAttr {
	info := attribute(unix.IFLA_LINKINFO, nil)
	info.AddRtAttr(nl.IFLA_INFO_KIND, []byte(k))
	if data != nil {
		info.AddChild(data)
	}
	return info
}

// about adds the object to an error.
func about(object string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", object, err)
}
