package network

import (
	"errors"
	"slices"

	"mini-container/lib/owner"
)

// planLast removes the bridge if it is ours and nobody else is on it. When the
// link is gone already, nobody can say which bridge it was: then all of ours
// that have no port are meant.
func (p *Plan) planLast(links []*link, r Removal) error {
	if len(links) == 0 {
		return p.planEmpty()
	}
	var bridges []int
	for _, l := range links {
		if l.MasterIndex == 0 || slices.Contains(bridges, l.MasterIndex) {
			continue
		}
		bridges = append(bridges, l.MasterIndex)
		if err := p.planBridgeGone(l.MasterIndex, links, r); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) planBridgeGone(index int, links []*link, r Removal) error {
	b, err := p.host.conn.index(index)
	if err != nil || b == nil || !b.ours() {
		return err
	}
	ports, err := firstPorts(b.Index)
	if err != nil {
		return err
	}
	for _, port := range ports {
		if !slices.ContainsFunc(links, func(l *link) bool { return l.Index == port.Index }) {
			return nil
		}
	}
	if r.Wait || len(r.Sweeper) == 0 {
		p.add(deleteLink{at: p.host, link: b.Name})
		return nil
	}
	has, err := p.host.conn.addresses(b.Index)
	for _, a := range has {
		p.add(dropAddress{addAddress: addAddress{p.host, b.Name, a}})
	}
	sweeper := b.ownedBy()
	gone, goneErr := sweeper.Gone()
	if sweeper == (owner.Owner{}) || gone {
		p.add(sweep{at: p.host, bridge: b.Name, command: r.Sweeper})
	}
	return errors.Join(err, goneErr)
}

// planEmpty removes the bridges of ours that have no port.
func (p *Plan) planEmpty() error {
	bridges, err := p.host.conn.list(linkMessage(0), kind("bridge", nil))
	if err != nil {
		return err
	}
	for _, b := range bridges {
		if b.kind != "bridge" || !b.ours() {
			continue
		}
		ports, err := firstPorts(b.Index)
		if err != nil {
			return err
		}
		if len(ports) == 0 {
			p.add(deleteLink{at: p.host, link: b.Name})
		}
	}
	return nil
}
