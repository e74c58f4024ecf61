package network

import (
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// bridge is the one that a container is to join.
type bridge struct {
	*link     // nil while it is not made
	name      Interface
	ours      bool // made by us, so that it may be altered
	has       []netip.Prefix
	strangers *bool // whether a port is somebody else's; nil when nobody has looked
}

// seat is one address of a container, and what it takes on the bridge.
type seat struct {
	Address
	gets    netip.Prefix // the address to give to the bridge, if any
	gateway netip.Addr   // of the container, if any
}

// bridge looks at the bridge.
func (p *Plan) bridge(n Interface) (*bridge, error) {
	l, err := p.host.conn.find(string(n))
	if err != nil {
		return nil, err
	}
	b := &bridge{link: l, name: n, ours: l == nil}
	if l == nil {
		return b, nil
	}
	if l.kind != "bridge" {
		return nil, fmt.Errorf("%s: is no bridge but a %s", n, l.kind)
	}
	b.ours = l.ours()
	b.has, err = p.host.conn.addresses(l.Index)
	return b, err
}

// seats decides on the gateways, and refuses what is somebody's already.
func (p *Plan) seats(s Spec, b *bridge) ([]seat, error) {
	var all []seat
	for _, a := range s.Addresses {
		for _, h := range b.has {
			if h.Addr() == a.Addr() {
				return nil, fmt.Errorf("address %s is the bridge's own (%s)", a.Addr(), b.name)
			}
		}
		if slices.ContainsFunc(all, func(o seat) bool { return o.Addr() == a.Addr() }) {
			return nil, fmt.Errorf("address %s is asked for twice", a.Addr())
		}
		said := s.gateway(a)
		at, err := b.seat(a, said)
		if err == nil && said.Addr.IsValid() && at.gets.IsValid() {
			err = p.router(&at, b, s.VLAN)
		}
		if err == nil {
			err = p.room(at, b, said.None)
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o seat) bool { return o.gets == at.gets }) {
			at.gets = netip.Prefix{} // the bridge gets it once
		}
		if slices.ContainsFunc(all, func(o seat) bool { return o.gateway.IsValid() && o.gateway.Is4() == at.gateway.Is4() }) {
			at.gateway = netip.Addr{} // one default route for each family
		}
		all = append(all, at)
	}
	return all, nil
}

// seat sets the gateway, and the address that the bridge is to get. A bridge
// that we did not make is never altered.
func (b *bridge) seat(a Address, said Gateway) (seat, error) {
	at, subnet := seat{Address: a}, a.Masked()
	has := slices.IndexFunc(b.has, func(h netip.Prefix) bool { return subnet.Contains(h.Addr()) })
	switch {
	case said.None:
		return at, nil
	case said.Addr.IsValid():
		at.gateway = said.Addr
	case has >= 0:
		at.gateway = b.has[has].Addr()
	case !b.ours:
		return at, fmt.Errorf("the bridge %s has no address in %s to be the gateway: "+
			"give it one (ip address add %s/%d dev %s), or say --gateway none",
			b.name, subnet, firstHost(subnet), subnet.Bits(), b.name)
	default:
		at.gateway = firstHost(subnet)
	}
	switch g := at.gateway; {
	case g == a.Addr():
		return at, fmt.Errorf("address %s is the gateway's own: take another, or another --gateway", g)
	case !subnet.Contains(g):
		return at, fmt.Errorf("gateway %s is not in the subnet %s", g, subnet)
	case g == subnet.Addr() || isBroadcast(g, subnet):
		return at, fmt.Errorf("gateway %s is the network or broadcast address of %s", g, subnet)
	}
	if has < 0 && b.ours {
		at.gets = netip.PrefixFrom(at.gateway, subnet.Bits())
	}
	return at, nil
}

// router leaves the gateway's address to the container, or the stranger on the
// bridge, that has it.
func (p *Plan) router(at *seat, b *bridge, v VLAN) error {
	if v != 0 {
		at.gets = netip.Prefix{} // nobody in there would reach it
		return nil
	}
	l, err := p.host.conn.find(name.AddressAltname(at.gateway))
	if err != nil {
		return err
	}
	mac, err := p.stranger(at.gateway, b)
	if l != nil || mac != nil {
		at.gets = netip.Prefix{}
	}
	return err
}

// room refuses an address that is somebody's whom our altnames do not know.
func (p *Plan) room(at seat, b *bridge, island bool) error {
	r, err := p.host.conn.routeTo(at.Addr())
	if err != nil {
		return err
	}
	if r != nil {
		if err := p.covered(at, r, b, island); err != nil {
			return err
		}
	}
	if at.gets.IsValid() {
		if err := p.overlaps(at, b); err != nil {
			return err
		}
	}
	mac, err := p.stranger(at.Addr(), b)
	if err == nil && mac != nil {
		return fmt.Errorf("address %s is in use on %s by %s", at.Addr(), b.name, mac)
	}
	return err
}

func (b *bridge) index() int {
	if b.link == nil {
		return -1
	}
	return b.Index
}

// covered refuses an address to which this host already has a way that is not
// the bridge: it would reach the wrong machine, or lose the right one.
func (p *Plan) covered(at seat, r *route, b *bridge, island bool) error {
	switch {
	case r.kind == unix.RTN_LOCAL:
		return fmt.Errorf("address %s is this host's own (%s)", at.Addr(), p.linkName(r.out))
	case r.kind == unix.RTN_BROADCAST:
		return fmt.Errorf("address %s is a broadcast address of this host's subnets (%s)", at.Addr(), p.linkName(r.out))
	case island, r.everywhere(), r.out == b.index():
		return nil
	}
	return p.elsewhere(at.Masked(), r)
}

// overlaps refuses a subnet for the bridge if a part of it is elsewhere.
func (p *Plan) overlaps(at seat, b *bridge) error {
	all, err := p.host.conn.routes(familyOf(at.Addr()))
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.out != b.index() && r.meets(at.Masked()) {
			return p.elsewhere(at.Masked(), r)
		}
	}
	return nil
}

// elsewhere says the way out, too: a subnet that is free.
func (p *Plan) elsewhere(subnet netip.Prefix, r *route) error {
	instead := "another subnet"
	if free, err := p.freeSubnet(familyOf(subnet.Addr())); err == nil {
		instead = fmt.Sprintf("a subnet that is free, as %s", free)
	}
	return fmt.Errorf("subnet %s: this host reaches %s through %s already: take %s, or the --bridge that has it",
		subnet, r.to, p.linkName(r.out), instead)
}

func (p *Plan) linkName(index int) string {
	if l, err := p.host.conn.index(index); err == nil && l != nil {
		return l.Name
	}
	return fmt.Sprintf("link %d", index)
}
