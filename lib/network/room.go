package network

import (
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// bridge is the one that a container is to join, and what that takes.
type bridge struct {
	*link        // nil while it is not made
	ours    bool // made by us, so that it may be altered
	has     []netip.Prefix
	gets    netip.Prefix // the address to give it, if any
	gateway netip.Addr   // of the container, if any
}

// bridge looks at the bridge, and decides on the gateway.
func (p *Plan) bridge(s Spec) (*bridge, error) {
	l, err := p.host.conn.find(string(s.Bridge))
	if err != nil {
		return nil, err
	}
	b := &bridge{link: l, ours: l == nil}
	if l != nil {
		if l.kind != "bridge" {
			return nil, fmt.Errorf("%s: is no bridge but a %s", s.Bridge, l.kind)
		}
		b.ours = l.ours()
		if b.has, err = p.host.conn.addresses(l.Index); err != nil {
			return nil, err
		}
	}
	for _, a := range b.has {
		if a.Addr() == s.Address.Addr() {
			return nil, fmt.Errorf("address %s is the bridge's own (%s)", a.Addr(), s.Bridge)
		}
	}
	return b, b.choose(s)
}

// choose sets the gateway, and the address that the bridge is to get. A bridge
// that we did not make is never altered.
func (b *bridge) choose(s Spec) error {
	subnet := s.Address.Masked()
	at := slices.IndexFunc(b.has, func(a netip.Prefix) bool { return subnet.Contains(a.Addr()) })
	switch {
	case s.Gateway.None:
		return nil
	case s.Gateway.Addr.IsValid():
		b.gateway = s.Gateway.Addr
	case at >= 0:
		b.gateway = b.has[at].Addr()
	case !b.ours:
		return fmt.Errorf("the bridge %s has no address in %s to be the gateway: "+
			"give it one (ip address add %s/%d dev %s), or say --gateway none",
			s.Bridge, subnet, firstHost(subnet), subnet.Bits(), s.Bridge)
	default:
		b.gateway = firstHost(subnet)
	}
	switch g := b.gateway; {
	case g == s.Address.Addr():
		return fmt.Errorf("address %s is the gateway's own: take another, or another --gateway", g)
	case !subnet.Contains(g):
		return fmt.Errorf("gateway %s is not in the subnet %s", g, subnet)
	case g == subnet.Addr() || g == broadcast(subnet):
		return fmt.Errorf("gateway %s is the network or broadcast address of %s", g, subnet)
	}
	if at < 0 && b.ours {
		b.gets = netip.PrefixFrom(b.gateway, subnet.Bits())
	}
	return nil
}

// room refuses an address that is somebody's whom our altnames do not know.
func (p *Plan) room(s Spec, b *bridge) error {
	index := -1
	if b.link != nil {
		index = b.Index
	}
	r, err := p.host.conn.routeTo(s.Address.Addr())
	if err != nil {
		return err
	}
	if r != nil {
		if err := p.covered(s, r, index); err != nil {
			return err
		}
	}
	if b.gets.IsValid() {
		if err := p.overlaps(s, index); err != nil {
			return err
		}
	}
	if b.link == nil || !b.up() {
		return nil
	}
	return p.strangers(s, b)
}

// covered refuses an address to which this host already has a way that is not
// the bridge: it would reach the wrong machine, or lose the right one.
func (p *Plan) covered(s Spec, r *route, bridge int) error {
	switch {
	case r.kind == unix.RTN_LOCAL:
		return fmt.Errorf("address %s is this host's own (%s)", s.Address.Addr(), p.linkName(r.out))
	case r.kind == unix.RTN_BROADCAST:
		return fmt.Errorf("address %s is a broadcast address of this host's subnets (%s)", s.Address.Addr(), p.linkName(r.out))
	case s.Gateway.None, r.everywhere(), r.out == bridge:
		return nil
	}
	return p.elsewhere(s, r)
}

// overlaps refuses a subnet for the bridge if a part of it is elsewhere.
func (p *Plan) overlaps(s Spec, bridge int) error {
	all, err := p.host.conn.routes()
	if err != nil {
		return err
	}
	for _, r := range all {
		if !r.everywhere() && r.out != bridge && r.to.Overlaps(s.Address.Masked()) {
			return p.elsewhere(s, r)
		}
	}
	return nil
}

func (p *Plan) elsewhere(s Spec, r *route) error {
	return fmt.Errorf("subnet %s: this host reaches %s through %s already: take another subnet, or the --bridge that has it",
		s.Address.Masked(), r.to, p.linkName(r.out))
}

func (p *Plan) linkName(index int) string {
	if l, err := p.host.conn.index(index); err == nil && l != nil {
		return l.Name
	}
	return fmt.Sprintf("link %d", index)
}

// strangers asks on the bridge who has the address, if somebody is there that
// we did not put there: our own are known by their altnames, so that a normal
// start does not wait. On a bridge of ours only the first ports are looked at.
func (p *Plan) strangers(s Spec, b *bridge) error {
	ports, err := firstPorts(b.Index)
	if !b.ours && err == nil {
		ports, err = p.host.conn.ports(b.Index)
	}
	if err != nil {
		return err
	}
	ours := func(l *link) bool { _, ok := l.owner(); return ok }
	if !slices.ContainsFunc(ports, func(l *link) bool { return !ours(l) && l.up() }) {
		return nil
	}
	mac, err := probe(b.link, s.Address.Addr())
	if err == nil && mac != nil {
		return fmt.Errorf("address %s is in use on %s by %s", s.Address.Addr(), s.Bridge, mac)
	}
	return err
}
