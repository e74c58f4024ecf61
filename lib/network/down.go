package network

import (
	"errors"
	"strings"

	"mini-container/lib/name"
	"mini-container/lib/owner"
)

// Removal is what is to go, and how.
type Removal struct {
	Name  name.Name
	Owner owner.Owner // only what belongs to it is removed; the zero value asks for nothing
	Wait  bool        // until the kernel has destroyed the links

	// Sweeper is a command line that will remove an empty bridge soon after.
	// Without it the bridge is removed at once, which takes tens of
	// milliseconds.
	Sweeper []string
}

// Down plans the removal of a container's network, of whatever is there of it:
// link, name of the namespace, and the bridge if it is ours and this was its
// last port. A namespace that somebody else made stays.
func Down(r Removal) (*Plan, error) {
	p := &Plan{Netns: r.Name.Netns()}
	if err := p.down(r); err != nil {
		p.Close()
		return nil, about(string(r.Name), err)
	}
	return p, nil
}

func (p *Plan) down(r Removal) (err error) {
	if p.host, err = here(); err != nil {
		return err
	}
	l, err := p.host.conn.hostEnd(r.Name)
	if err != nil {
		return err
	}
	if r.Owner != (owner.Owner{}) && l != nil && !l.half() && l.ownedBy() != r.Owner {
		return nil // its own is gone, and this is another
	}
	if err := p.parts(r.Name, l, r.Wait); err != nil {
		return err
	}
	return p.planLast(l, r)
}

// parts plans the removal of link and namespace.
func (p *Plan) parts(n name.Name, l *link, wait bool) error {
	state, err := look(p.Netns)
	if err != nil {
		return err
	}
	ours := false
	if state == handleAlive {
		if ours, err = p.made(n); err != nil {
			return err
		}
	}
	if l != nil {
		p.planGone(l, ours && !wait)
	}
	if ours || state == handleRotten {
		p.add(removeNetns{name: n, rotten: !ours})
	}
	return nil
}

// removal plans to remove a dead container on the way to something else. One
// whose maker did not come to name it has only a link.
func (p *Plan) removal(n name.Name, l *link) error {
	if n == "" {
		p.add(deleteLink{at: p.host, link: l.Name})
		return nil
	}
	q := &Plan{Netns: n.Netns(), host: p.host}
	err := q.parts(n, l, false)
	q.inside.close()
	p.add(q.Steps...)
	return err
}

// hostEnd finds the host's end of a container's pair. One that an interrupted
// up has left may have no altname yet.
func (c *conn) hostEnd(n name.Name) (*link, error) {
	if l, err := c.find(n.Altname()); err != nil || l != nil {
		return l, err
	}
	l, err := c.find(n.Link())
	if err != nil || l == nil || l.kind != "veth" || !l.ours() {
		return nil, err
	}
	return l, nil
}

// made tells whether the namespace of the name is one that we made: lo says.
func (p *Plan) made(n name.Name) (ours bool, err error) {
	if p.inside, err = enter(p.Netns); err != nil {
		return false, err
	}
	lo, err := p.inside.conn.index(loopback)
	if err != nil || lo == nil {
		return false, err
	}
	p.owner = lo.ownedBy()
	own := makeNetns{name: n}.alias()
	return lo.Alias == own || strings.HasPrefix(lo.Alias, own+" "), nil
}

// planGone removes the link. To destroy one takes tens of milliseconds, in
// which the kernel waits for all readers. So one whose namespace ends anyway
// is only put out of the way, and the end of the namespace destroys it.
func (p *Plan) planGone(l *link, ends bool) {
	if !ends || !p.leadsInside(l) {
		p.add(deleteLink{at: p.host, link: l.Name})
		return
	}
	var altnames []string
	for _, altname := range l.AltNames {
		if strings.HasPrefix(altname, "mc.") {
			altnames = append(altnames, altname)
		}
	}
	if len(altnames) > 0 {
		p.add(dropAltnames{addAltnames: addAltnames{at: p.host, link: l.Name, altnames: altnames}})
	}
	p.add(unplug{at: p.host, link: l.Name}, retire{at: p.host, link: l.Name, to: retired(l)})
}

func (p *Plan) leadsInside(l *link) bool {
	id, err := p.host.conn.nsid(p.inside.fd)
	return err == nil && id >= 0 && id == l.NetNsID
}

// planLast removes the bridge if it is ours and nobody else is on it. When the
// link is gone already, nobody can say which bridge it was: then all of ours
// that have no port are meant.
func (p *Plan) planLast(l *link, r Removal) error {
	if l == nil {
		return p.planEmpty()
	}
	if l.MasterIndex == 0 {
		return nil
	}
	b, err := p.host.conn.index(l.MasterIndex)
	if err != nil || b == nil || !b.ours() {
		return err
	}
	ports, err := firstPorts(b.Index)
	if err != nil {
		return err
	}
	for _, port := range ports {
		if port.Index != l.Index {
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
