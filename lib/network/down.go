package network

import (
	"strings"

	"mini-container/lib/name"
)

// Down plans the removal of a container's network, of whatever is there of it:
// link, name of the namespace, and the bridge if it is ours and this was its
// last port. A namespace that somebody else made stays.
func Down(n name.Name) (*Plan, error) {
	p := &Plan{Netns: n.Netns()}
	if err := p.down(n); err != nil {
		p.Close()
		return nil, about(string(n), err)
	}
	return p, nil
}

func (p *Plan) down(n name.Name) (err error) {
	if p.host, err = here(); err != nil {
		return err
	}
	l, err := p.host.conn.hostEnd(n)
	if err != nil {
		return err
	}
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
		p.planGone(l, ours)
	}
	if ours || state == handleRotten {
		p.add(removeNetns{name: n, rotten: !ours})
	}
	return p.planLast(l)
}

// hostEnd finds the host's end of a container's pair. One that an interrupted
// up has left may have no altname yet.
func (c *conn) hostEnd(n name.Name) (*link, error) {
	if l, err := c.find(n.Altname()); err != nil || l != nil {
		return l, err
	}
	l, err := c.find(n.Link())
	if err != nil || l == nil || l.kind != "veth" {
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
	return err == nil && lo != nil && lo.Alias == makeNetns{name: n}.alias(), err
}

// planGone removes the link. To destroy one takes tens of milliseconds, in
// which the kernel waits for all readers. So one whose namespace ends anyway
// is only put out of the way, and the end of the namespace destroys it.
func (p *Plan) planGone(l *link, ours bool) {
	if !ours || !p.leadsInside(l) {
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
func (p *Plan) planLast(l *link) error {
	if l == nil {
		return p.planEmpty()
	}
	if l.MasterIndex == 0 {
		return nil
	}
	b, err := p.host.conn.index(l.MasterIndex)
	if err != nil || b == nil || !b.marked() {
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
	p.add(deleteLink{at: p.host, link: b.Name})
	return nil
}

func (p *Plan) planEmpty() error {
	bridges, err := p.host.conn.list(linkMessage(0), kind("bridge", nil))
	if err != nil {
		return err
	}
	for _, b := range bridges {
		if b.kind != "bridge" || !b.marked() {
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
