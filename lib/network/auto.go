package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// homes are the subnets that a new bridge may get when nobody says one.
func homes(f *family) []netip.Prefix {
	all := []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24")}
	pattern := "10.77.%d.0/24"
	if f == &ipv6 {
		all, pattern = nil, "fd6d:63:0:%x::/64" // RFC 4193: for nobody but this host
	}
	for i := range 256 {
		all = append(all, netip.MustParsePrefix(fmt.Sprintf(pattern, i)))
	}
	return all
}

// freeSubnet is the first of homes that this host does not reach elsewhere.
func (p *Plan) freeSubnet(f *family) (netip.Prefix, error) {
	routes, err := p.host.conn.routes(f)
	for _, home := range homes(f) {
		if !slices.ContainsFunc(routes, func(r *route) bool { return r.meets(home) }) {
			return home, err
		}
	}
	return netip.Prefix{}, errors.Join(err, errors.New("no subnet is free: say --subnet"))
}

// settle meets the wishes for addresses.
func (p *Plan) settle(s *Spec, b *bridge) error {
	for i, a := range s.Addresses {
		if a.auto == nil {
			if err := s.within(a); err != nil {
				return err
			}
			continue
		}
		subnet, err := p.subnet(*s, b, a.auto)
		if err == nil {
			a.Prefix, err = p.lowest(*s, b, subnet)
		}
		if err != nil {
			return err
		}
		a.auto, s.Addresses[i] = nil, a
	}
	return nil
}

// within refuses an address outside of the subnets that were said.
func (s Spec) within(a Address) error {
	for _, n := range s.Subnets {
		if n.Addr().Is4() == a.Addr().Is4() && n.Prefix != a.Masked() {
			return fmt.Errorf("address %s is not of the subnet %s", a, n)
		}
	}
	return nil
}

// subnet is where a wish is met: the one that was said, the bridge's, that of
// the containers on it, or a free one for a new bridge.
func (p *Plan) subnet(s Spec, b *bridge, f *family) (netip.Prefix, error) {
	for _, n := range s.Subnets {
		if familyOf(n.Addr()) == f {
			return n.Prefix, nil
		}
	}
	known := b.has
	if b.link != nil && b.ours {
		ports, err := firstPorts(b.Index)
		if err != nil {
			return netip.Prefix{}, err
		}
		for _, l := range ports {
			known = append(known, l.reserved()...)
		}
	}
	for _, h := range known {
		if familyOf(h.Addr()) == f {
			return h.Masked(), nil
		}
	}
	if !b.ours {
		return netip.Prefix{}, fmt.Errorf("the bridge %s has no address whose subnet could be meant: say --subnet", b.name)
	}
	return p.freeSubnet(f)
}

// lowest is the lowest address of the subnet that nobody has. Whether a
// container has it is asked for many at once, so that the thousandth costs
// little more than the first.
func (p *Plan) lowest(s Spec, b *bridge, subnet netip.Prefix) (netip.Prefix, error) {
	gateway := s.gateway(Address{Prefix: subnet})
	other := func(a netip.Addr) bool {
		return isBroadcast(a, subnet) || a == gateway.Addr || a == firstHost(subnet) && !gateway.None && !gateway.Addr.IsValid() ||
			slices.ContainsFunc(b.has, func(h netip.Prefix) bool { return h.Addr() == a }) ||
			slices.ContainsFunc(s.Addresses, func(o Address) bool { return o.Addr() == a })
	}
	for next := firstHost(subnet); subnet.Contains(next); {
		var some []netip.Addr
		var names []string
		for ; len(some) < atOnce && subnet.Contains(next); next = next.Next() {
			if !other(next) {
				some, names = append(some, next), append(names, name.AddressAltname(next))
			}
		}
		taken, err := p.host.conn.taken(names)
		if err != nil {
			return netip.Prefix{}, err
		}
		for i, a := range some {
			if taken[i] {
				continue
			}
			free, err := p.unused(a, b)
			if err != nil || free {
				return netip.PrefixFrom(a, subnet.Bits()), err
			}
		}
	}
	return netip.Prefix{}, fmt.Errorf("subnet %s: all of its addresses are in use: take another --subnet and --bridge", subnet)
}

// unused tells whether neither this host nor a stranger has an address.
func (p *Plan) unused(a netip.Addr, b *bridge) (bool, error) {
	r, err := p.host.conn.routeTo(a)
	if err != nil || r != nil && r.kind == unix.RTN_LOCAL {
		return false, err
	}
	mac, err := p.stranger(a, b)
	return mac == nil, err
}
