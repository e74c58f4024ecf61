package network

import (
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// family is what differs between IPv4 and IPv6.
type family struct {
	number     int  // AF_*
	bits       int  // of an address
	maxPrefix  int  // a subnet has room for a gateway and a container
	minPrefix  int  // and is not half the Internet
	everywhere int  // longest prefix of a route that still means "everywhere"
	broadcasts bool // the last address of a subnet means all
}

// Two routes of /1 are how some VPNs write a default route, and 2000::/3 is all
// of IPv6 that is in use.
var (
	ipv4 = family{number: unix.AF_INET, bits: 32, maxPrefix: 30, minPrefix: 8, everywhere: 1, broadcasts: true}
	ipv6 = family{number: unix.AF_INET6, bits: 128, maxPrefix: 126, minPrefix: 8, everywhere: 3}
)

func familyOf(a netip.Addr) *family {
	if a.Is4() {
		return &ipv4
	}
	return &ipv6
}

// any is the address that stands for all of this host.
func (f *family) any() netip.Addr {
	if f == &ipv4 {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// Address is a container's address with the prefix of its subnet, or the wish
// for one.
type Address struct {
	netip.Prefix
	auto *family // the lowest that is free, of this family
}

// UnmarshalText takes 192.168.1.2/24, or says what is wrong with it; auto and
// auto6 are wishes.
func (a *Address) UnmarshalText(t []byte) error {
	switch s := string(t); s {
	case "auto":
		a.auto = &ipv4
		return nil
	case "auto6":
		a.auto = &ipv6
		return nil
	default:
		p, err := parsePrefix(s)
		if err != nil {
			return err
		}
		switch {
		case p.Addr() == p.Masked().Addr():
			return fmt.Errorf("%s: is the network address of %s: take another host", s, p.Masked())
		case isBroadcast(p.Addr(), p):
			return fmt.Errorf("%s: is the broadcast address of %s: take another host", s, p.Masked())
		}
		a.Prefix = p
		return nil
	}
}

// parsePrefix takes an address of a subnet in which a container can be.
func parsePrefix(s string) (netip.Prefix, error) {
	if bare, err := netip.ParseAddr(s); err == nil && bare.Zone() == "" {
		usual := 24
		if bare.Is6() {
			usual = 64
		}
		return netip.Prefix{}, fmt.Errorf("%s: has no prefix: say %s/%d", s, bare, usual)
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return p, fmt.Errorf("%q: is no address with a prefix, as 192.168.1.2/24 or fd00::2/64", s)
	}
	f := familyOf(p.Addr())
	switch {
	case p.Bits() > f.maxPrefix:
		return p, fmt.Errorf("%s: a subnet of /%d has no room for gateway and container: say /%d or less", s, p.Bits(), f.maxPrefix)
	case p.Bits() < f.minPrefix:
		return p, fmt.Errorf("%s: a subnet of /%d is too large: say /%d or more", s, p.Bits(), f.minPrefix)
	case !assignable(p.Addr()):
		return p, fmt.Errorf("%s: no host can have this address", s)
	}
	return p, nil
}

func assignable(a netip.Addr) bool {
	if a.Is6() {
		return a.IsGlobalUnicast()
	}
	return a.IsGlobalUnicast() && a.As4()[0] < 240 && a.As4()[0] != 0 || a.IsLinkLocalUnicast()
}

// Subnet is where a wish for an address is met.
type Subnet struct{ netip.Prefix }

// UnmarshalText takes 10.77.0.0/24.
func (n *Subnet) UnmarshalText(t []byte) error {
	p, err := parsePrefix(string(t))
	if err == nil && p != p.Masked() {
		err = fmt.Errorf("%s: is a host: the subnet is %s", t, p.Masked())
	}
	n.Prefix = p
	return err
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
	if err != nil || a.Is4In6() || a.Zone() != "" || a.IsLinkLocalUnicast() && a.Is6() {
		return fmt.Errorf("%q: is neither an address nor the word none", t)
	}
	g.Addr = a
	return nil
}

// gateway is the one that is said for an address. An address leaves it to others
// of the container, if it is in the subnet of one of those.
func (s Spec) gateway(a Address) Gateway {
	i := slices.IndexFunc(s.Gateways, func(g Gateway) bool { return g.None || g.Addr.Is4() == a.Addr().Is4() })
	if i < 0 {
		return Gateway{None: s.VLAN != 0} // the bridge's address is not in it
	}
	g := s.Gateways[i]
	if !a.Contains(g.Addr) && slices.ContainsFunc(s.Addresses, func(o Address) bool { return o.Contains(g.Addr) }) {
		g = Gateway{None: true}
	}
	return g
}

func broadcast(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

func isBroadcast(a netip.Addr, subnet netip.Prefix) bool {
	return familyOf(a).broadcasts && a == broadcast(subnet)
}

// firstHost is the default gateway of a subnet.
func firstHost(p netip.Prefix) netip.Addr { return p.Masked().Addr().Next() }
