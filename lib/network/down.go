package network

import (
	"fmt"
	"strings"

	"mini-container/lib/name"
	"mini-container/lib/owner"
)

// Removal is what is to go, and how.
type Removal struct {
	Name  name.Name
	Owner owner.Owner // only what belongs to it is removed; the zero value asks for nothing
	Wait  bool        // until the kernel has destroyed the links

	// Ifname is the further interface that alone is to go; empty is all.
	Ifname Interface

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
	if r.Ifname != "" {
		return p.downOne(r, l)
	}
	links, err := p.parts(r.Name, l, r.Wait)
	if err != nil {
		return err
	}
	return p.planLast(links, r)
}

// downOne plans the removal of a further interface.
func (p *Plan) downOne(r Removal, first *link) error {
	l, err := p.host.conn.find(r.Name.AnotherAltname(string(r.Ifname)))
	if err != nil {
		return err
	}
	if l == nil {
		l, err = p.host.conn.find(r.Name.Another(string(r.Ifname)))
	}
	switch {
	case err != nil || l == nil && first == nil:
		return err
	case l == nil:
		path, err := p.host.conn.netnsOf(r.Name, first)
		if err != nil || path == "" {
			return err
		}
		if p.inside, err = enter(path); err != nil {
			return err
		}
		if in, err := p.inside.conn.find(string(r.Ifname)); err != nil || in == nil || in.ParentIndex != first.Index {
			return err
		}
		return fmt.Errorf("%s is its first interface: 'mc-net down %s' removes all of it", r.Ifname, r.Name)
	}
	if err := p.planGone(l, false); err != nil {
		return err
	}
	if err := p.forgetAll([]*link{l}); err != nil {
		return err
	}
	return p.planLast([]*link{l}, r)
}

// parts plans the removal of links and namespace, and gives the links.
func (p *Plan) parts(n name.Name, l *link, wait bool) ([]*link, error) {
	state, err := look(p.Netns)
	if err != nil {
		return nil, err
	}
	ours := false
	if state == handleAlive {
		if ours, err = p.made(n); err != nil {
			return nil, err
		}
	}
	links, err := p.all(n, l, ours)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if err := p.planGone(l, ours && !wait); err != nil {
			return nil, err
		}
	}
	if err := p.forgetAll(links); err != nil {
		return nil, err
	}
	if ours || state == handleRotten {
		p.add(removeNetns{name: n, rotten: !ours})
	}
	return links, nil
}

// all are the host's ends of a container: the first, and those of its further
// interfaces, for which one looks into the namespace to which it leads.
func (p *Plan) all(n name.Name, first *link, ours bool) ([]*link, error) {
	if first == nil {
		return p.left(n, nil)
	}
	in := p.inside
	if !ours || !p.leadsInside(first) {
		path, err := p.host.conn.netnsOf(n, first)
		if err != nil {
			return nil, err
		}
		if path == "" {
			return p.left(n, first)
		}
		if in, err = enter(path); gone(err) {
			return p.left(n, first)
		} else if err != nil {
			return nil, err
		}
		defer in.close()
	}
	others, err := p.host.conn.others(n, in.conn, first)
	return append([]*link{first}, others...), err
}

// left are the host's ends of a name whose namespace is gone: the kernel is
// about to destroy them, or has. A guard or a port whose link is gone does not
// say whose it was: all such go.
func (p *Plan) left(n name.Name, first *link) ([]*link, error) {
	links, err := p.host.conn.links()
	if err != nil {
		return nil, err
	}
	if _, err := p.planStray(links); err != nil {
		return nil, err
	}
	if _, err := p.forgetStrays(); err != nil {
		return nil, err
	}
	var its []*link
	if first != nil {
		its = append(its, first)
	}
	for _, l := range links {
		of, named := l.owner()
		if !named || of != n || l.kind != "veth" || !l.ours() || l.isRetired() || first != nil && l.Index == first.Index {
			continue
		}
		its = append(its, l)
	}
	return its, nil
}

// removal plans to remove a dead container on the way to something else. One
// whose maker did not come to name it has only a link, and with a further
// interface nothing else goes.
func (p *Plan) removal(n name.Name, l *link) error {
	if n == "" || l.further() {
		p.add(deleteLink{at: p.host, link: l.Name})
		return p.planUnguard(l.Name)
	}
	all, err := p.natNow()
	if err != nil {
		return err
	}
	q := &Plan{Netns: n.Netns(), host: p.host, nat: all}
	_, err = q.parts(n, l, false)
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
func (p *Plan) planGone(l *link, ends bool) error {
	if !ends || !p.leadsInside(l) {
		p.add(deleteLink{at: p.host, link: l.Name})
		return p.planUnguard(l.Name)
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
	p.add(unplug{at: p.host, link: l.Name})
	if err := p.planUnguard(l.Name); err != nil {
		return err
	}
	p.add(retire{at: p.host, link: l.Name, to: retired(l)})
	return nil
}

func (p *Plan) leadsInside(l *link) bool {
	id, err := p.host.conn.nsid(p.inside.fd)
	return err == nil && id >= 0 && id == l.NetNsID
}
