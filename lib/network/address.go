package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Bounds of --mtu: the least that IPv4 works with (RFC 791), and the most that
// veth takes (ETH_MAX_MTU less the header of Ethernet).
const (
	minMTU = 68
	maxMTU = 65521
)

// Longest and shortest prefix: a subnet has room for a gateway and a
// container, and is not half the Internet.
const (
	maxPrefix = 30
	minPrefix = 8
)

// Address is a container's address with the prefix of its subnet.
type Address struct{ netip.Prefix }

// UnmarshalText takes 192.168.1.2/24, or says what is wrong with it.
func (a *Address) UnmarshalText(t []byte) error {
	s := string(t)
	if bare, err := netip.ParseAddr(s); err == nil {
		return fmt.Errorf("%s: has no prefix: say %s/24", s, bare)
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return fmt.Errorf("%q: is no address with a prefix, as 192.168.1.2/24", s)
	case !p.Addr().Is4():
		return fmt.Errorf("%s: only IPv4 for now", s)
	case p.Bits() > maxPrefix:
		return fmt.Errorf("%s: a subnet of /%d has no room for gateway and container: say /%d or less", s, p.Bits(), maxPrefix)
	case p.Bits() < minPrefix:
		return fmt.Errorf("%s: a subnet of /%d is too large: say /%d or more", s, p.Bits(), minPrefix)
	case p.Addr() == p.Masked().Addr():
		return fmt.Errorf("%s: is the network address of %s: take another host", s, p.Masked())
	case p.Addr() == broadcast(p):
		return fmt.Errorf("%s: is the broadcast address of %s: take another host", s, p.Masked())
	case !assignable(p.Addr()):
		return fmt.Errorf("%s: no host can have this address", s)
	}
	a.Prefix = p
	return nil
}

func assignable(a netip.Addr) bool {
	return a.IsGlobalUnicast() && a.As4()[0] < 240 && a.As4()[0] != 0 || a.IsLinkLocalUnicast()
}

// Gateway is where the default route goes: the zero value leaves it to the
// bridge.
type Gateway struct {
	Addr netip.Addr
	None bool // no default route, and no address for the bridge
}

// UnmarshalText takes an address, or the word none.
func (g *Gateway) UnmarshalText(t []byte) error {
	if string(t) == "none" {
		g.None = true
		return nil
	}
	a, err := netip.ParseAddr(string(t))
	if err != nil || !a.Is4() {
		return fmt.Errorf("%q: is neither an IPv4 address nor the word none", t)
	}
	g.Addr = a
	return nil
}

// MAC is a hardware address that a station can have.
type MAC net.HardwareAddr

// UnmarshalText takes 02:00:00:00:00:01, or says what is wrong with it.
func (m *MAC) UnmarshalText(t []byte) error {
	a, err := net.ParseMAC(string(t))
	switch {
	case err != nil || len(a) != 6:
		return fmt.Errorf("%q: is no MAC address, as 02:00:00:00:00:01", t)
	case a[0]&1 != 0:
		return fmt.Errorf("%s: is a multicast address: the first byte must be even", a)
	case a.String() == "00:00:00:00:00:00":
		return fmt.Errorf("%s: is nobody's address", a)
	}
	*m = MAC(a)
	return nil
}

// MTU is the largest packet of a link, in bytes. Zero leaves it to the kernel.
type MTU int

// UnmarshalText takes a number of bytes.
func (m *MTU) UnmarshalText(t []byte) error {
	var n int
	if _, err := fmt.Sscanf(string(t)+" ", "%d ", &n); err != nil || n < minMTU || n > maxMTU {
		return fmt.Errorf("%q: an MTU is a number from %d to %d", t, minMTU, maxMTU)
	}
	*m = MTU(n)
	return nil
}

func broadcast(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// firstHost is the default gateway of a subnet.
func firstHost(p netip.Prefix) netip.Addr { return p.Masked().Addr().Next() }

// addresses lists a link's IPv4 addresses.
func (c *conn) addresses(index int) ([]netip.Prefix, error) {
	m := nl.NewIfAddrmsg(unix.AF_INET)
	m.Index = uint32(index)
	answers, err := c.dump(unix.RTM_GETADDR, m)
	if err != nil {
		return nil, fmt.Errorf("addresses of link %d: %w", index, err)
	}
	var all []netip.Prefix
	for _, answer := range answers {
		got := nl.DeserializeIfAddrmsg(answer)
		attributes, err := nl.ParseRouteAttr(answer[got.Len():])
		if err != nil {
			return nil, fmt.Errorf("addresses of link %d: %w", index, err)
		}
		for _, a := range attributes {
			if ip, ok := netip.AddrFromSlice(a.Value); ok && a.Attr.Type == unix.IFA_LOCAL {
				all = append(all, netip.PrefixFrom(ip, int(got.Prefixlen)))
			}
		}
	}
	return all, nil
}

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
	m := nl.NewIfAddrmsg(unix.AF_INET)
	m.Prefixlen, m.Index = uint8(s.address.Bits()), uint32(l.Index)
	ip := s.address.Addr().AsSlice()
	return s.at.conn.do(kind, flags, m, attribute(unix.IFA_LOCAL, ip), attribute(unix.IFA_ADDRESS, ip),
		attribute(unix.IFA_BROADCAST, broadcast(s.address).AsSlice()))
}

// Do adds it.
func (s addAddress) Do() error {
	err := s.do(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	return about(s.link+": address "+s.address.String(), unmade(err, s.Undo))
}

// Undo takes it away.
func (s addAddress) Undo() error {
	return about(s.link+": address "+s.address.String(), s.do(unix.RTM_DELADDR, 0))
}

// Say is ip-address(8).
func (s addAddress) Say() string {
	return s.at.say("address", "add", s.address.String(), "broadcast", "+", "dev", s.link)
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

// Say is ip-address(8).
func (s dropAddress) Say() string {
	return s.at.say("address", "delete", s.address.String(), "dev", s.link)
}
