package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// route is one entry of a routing table.
type route struct {
	to       netip.Prefix
	kind     uint8 // unix.RTN_*
	out      int   // index of the link
	protocol uint8 // unix.RTPROT_*: who made it
	gateway  netip.Addr
}

// routeTo is the entry that the kernel would use for an address, as
// ip route get fibmatch gives it; nil when there is none, or only one that
// refuses.
func (c *conn) routeTo(a netip.Addr) (*route, error) {
	f := familyOf(a)
	m := &nl.RtMsg{RtMsg: unix.RtMsg{Family: uint8(f.number), Dst_len: uint8(f.bits), Flags: unix.RTM_F_FIB_MATCH}}
	if f == &ipv4 { // that of IPv6 takes no other flag
		m.Flags |= unix.RTM_F_LOOKUP_TABLE
	}
	answers, err := c.ask(unix.RTM_GETROUTE, m, attribute(unix.RTA_DST, a.AsSlice()))
	for _, refused := range []error{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EACCES, unix.EINVAL} {
		if errors.Is(err, refused) {
			return nil, nil
		}
	}
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	r, err := parseRoute(answers[0])
	if err == nil && r.kind == unix.RTN_UNREACHABLE {
		return nil, nil // IPv6 has an entry for that
	}
	return r, err
}

// everywhere tells that the route says nothing about the address in question.
func (r *route) everywhere() bool {
	return r.kind == unix.RTN_UNICAST && r.to.Bits() <= familyOf(r.to.Addr()).everywhere
}

// meets tells whether the route is about a part of the subnet.
func (r *route) meets(subnet netip.Prefix) bool { return !r.everywhere() && r.to.Overlaps(subnet) }

// routes lists the entries of a family's main table.
func (c *conn) routes(f *family) ([]*route, error) {
	m := &nl.RtMsg{RtMsg: unix.RtMsg{Family: uint8(f.number), Table: unix.RT_TABLE_MAIN}}
	answers, err := c.dump(unix.RTM_GETROUTE, m)
	if errors.Is(err, unix.ENOENT) { // the table is made with its first entry
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list of routes: %w", err)
	}
	var all []*route
	for _, answer := range answers {
		r, err := parseRoute(answer)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func parseRoute(answer []byte) (*route, error) {
	m := nl.DeserializeRtMsg(answer)
	attributes, err := nl.ParseRouteAttr(answer[m.Len():])
	if err != nil {
		return nil, fmt.Errorf("answer about a route: %w", err)
	}
	everything := netip.IPv4Unspecified()
	if m.Family == unix.AF_INET6 {
		everything = netip.IPv6Unspecified()
	}
	r := &route{kind: m.Type, protocol: m.Protocol, to: netip.PrefixFrom(everything, int(m.Dst_len))}
	for _, a := range attributes {
		ip, _ := netip.AddrFromSlice(a.Value)
		switch a.Attr.Type {
		case unix.RTA_DST:
			r.to = netip.PrefixFrom(ip, int(m.Dst_len))
		case unix.RTA_GATEWAY:
			r.gateway = ip
		case unix.RTA_OIF:
			r.out = int(binary.NativeEndian.Uint32(a.Value))
		}
	}
	return r, nil
}

// addDefault adds the default route.
type addDefault struct {
	at      *place
	link    string
	gateway netip.Addr
}

func (s addDefault) do(kind, flags int) error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return errors.Join(err, unix.ENODEV)
	}
	m := nl.NewRtMsg()
	m.Family = uint8(familyOf(s.gateway).number)
	return s.at.conn.do(kind, flags, m,
		attribute(unix.RTA_GATEWAY, s.gateway.AsSlice()), attribute(unix.RTA_OIF, number(l.Index)))
}

// Do adds it.
func (s addDefault) Do() error {
	err := s.do(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	if errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("%s: has a default route already: '--gateway none' leaves it", s.at.path)
	}
	return about(s.link+": default route by "+s.gateway.String(), err)
}

// Undo removes it.
func (s addDefault) Undo() error {
	return about(s.link+": default route by "+s.gateway.String(), s.do(unix.RTM_DELROUTE, 0))
}

// Say is ip-route(8).
func (s addDefault) Say() string {
	words := []string{"route", "add", "default", "via", s.gateway.String(), "dev", s.link}
	if s.gateway.Is6() {
		words = append([]string{"-6"}, words...)
	}
	return s.at.say(words...)
}
