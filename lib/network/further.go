package network

import (
	"fmt"
	"net/netip"
	"slices"

	"mini-container/lib/name"
)

// A container can have more than one interface. The first one holds its name;
// the host's end of a further one has the altname NAME.IFNAME, the same owner,
// and goes with the first.

// defaultInner is the container's end, if nobody says another.
const defaultInner = "eth0"

// Further tells whether the container was there, and gets one more interface.
func (p *Plan) Further() bool { return p.further }

func (s Spec) inner() string {
	if s.Ifname == "" {
		return defaultInner
	}
	return string(s.Ifname)
}

// extend looks whether the container that is there can get the interface.
func (p *Plan) extend(s Spec, first *link) error {
	path, err := p.host.conn.netnsOf(s.Name, first)
	if err != nil {
		return err
	}
	if path == "" || s.Netns != "" || s.Ifname == "" {
		return already(s.Name)
	}
	if p.inside, err = enter(path); err != nil {
		return err
	}
	// Nobody else is about to make it: a half one is what a killed maker left.
	half, err := p.host.conn.find(s.Name.Another(s.inner()))
	if err != nil {
		return err
	}
	l, err := p.inside.conn.find(s.inner())
	if err != nil {
		return err
	}
	if half != nil && half.half() {
		p.add(deleteLink{at: p.host, link: half.Name})
		if err := p.planUnguard(half.Name); err != nil {
			return err
		}
	} else if l != nil {
		return fmt.Errorf("has an %s already: 'mc-net down %s --ifname %s' removes it", l.Name, s.Name, l.Name)
	}
	p.further, p.Netns, p.owner = true, path, first.ownedBy()
	return nil
}

// onlyDefaults leaves the default routes to the interfaces that have them,
// unless the caller wants one here.
func (p *Plan) onlyDefaults(s Spec, seats []seat) error {
	for i, at := range seats {
		if !at.gateway.IsValid() || s.gateway(at.Address).Addr.IsValid() {
			continue
		}
		has, err := p.inside.conn.defaultRoute(familyOf(at.Addr()))
		if err != nil {
			return err
		}
		if has {
			seats[i].gateway = netip.Addr{}
		}
	}
	return nil
}

// defaultRoute tells whether there is one, by whatever link.
func (c *conn) defaultRoute(f *family) (bool, error) {
	all, err := c.routes(f)
	return slices.ContainsFunc(all, func(r *route) bool { return r.to.Bits() == 0 }), err
}

// others are the host's ends of a container's other interfaces. Its namespace
// knows them: no list of all links is needed.
func (c *conn) others(n name.Name, in *conn, but *link) ([]*link, error) {
	inside, err := in.links()
	if err != nil {
		return nil, err
	}
	var all []*link
	for _, l := range inside {
		if l.kind != "veth" || l.ParentIndex == but.Index || l.ParentIndex == 0 {
			continue
		}
		end, err := c.index(l.ParentIndex)
		if err != nil {
			return nil, err
		}
		if end == nil || end.kind != "veth" || !end.ours() {
			continue
		}
		if its, ok := end.owner(); ok && its == n {
			all = append(all, end)
		}
	}
	return all, nil
}
