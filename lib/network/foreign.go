package network

import (
	"errors"
	"slices"
)

// Show looks up the network that a person means. The interfaces of a namespace
// that is no container's are shown as those of a container without a name.
func Show(t Target) (*Container, error) {
	if t.Name != "" {
		return Find(t.Name)
	}
	in, err := enter(t.Path)
	if err != nil {
		return nil, err
	}
	defer in.close()
	host, err := here()
	if err != nil {
		return nil, about(t.Path, err)
	}
	defer host.close()
	links, err := in.conn.list(linkMessage(0))
	if err != nil {
		return nil, about(t.Path, err)
	}
	if c, err := in.resident(host.conn, links); c != nil || err != nil {
		return c, err
	}
	c, err := in.foreign(host, links)
	return c, about(t.Path, err)
}

// resident is the container whose namespace it is, nil for none. The alias of lo
// names it, or the host's end of a pair; as others can write there too, the name
// has to lead back.
func (p *place) resident(host *conn, links []*link) (*Container, error) {
	for _, l := range links {
		if l.Index != loopback {
			var err error
			if l, err = p.outer(host, l); err != nil {
				return nil, about(p.path, err)
			}
		}
		if l == nil {
			continue
		}
		n, named := l.owner()
		if !named {
			continue
		}
		c, err := Find(n)
		if errors.Is(err, errNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if its, err := p.is(c.Netns); its || err != nil {
			return c, err
		}
	}
	return nil, nil
}

// foreign shows all interfaces but lo, those that are up first: in some
// namespaces the kernel leaves a tunl0 that nobody has asked for.
func (p *place) foreign(host *place, links []*link) (*Container, error) {
	own, err := p.is(ownNetns)
	if err != nil {
		return nil, err
	}
	w, err := lookWays(host)
	if err != nil {
		return nil, err
	}
	var all []*Container
	for _, l := range links {
		if l.Index == loopback {
			continue
		}
		c, err := p.face(host, l, w)
		if err != nil {
			return nil, err
		}
		c.Netns, c.Host = p.path, own
		all = append(all, c)
	}
	if len(all) == 0 {
		c := blank()
		c.State, c.Netns, c.Host = StateUnplugged, p.path, own
		return c, nil
	}
	slices.SortStableFunc(all, func(a, b *Container) int {
		return int(b.State[0]) - int(a.State[0]) // up, down
	})
	all[0].Further = all[1:]
	return all[0], nil
}

// face is one interface, with what this host knows of its other end.
func (p *place) face(host *place, l *link, w *ways) (*Container, error) {
	c := blank()
	c.State = l.state()
	outer, err := p.outer(host.conn, l)
	if err != nil {
		return nil, err
	}
	switch {
	case outer == nil:
	case l.kind == "veth":
		if c, err = plugged(host, outer, w); err == nil {
			err = c.port(host.conn, outer)
		}
		if err != nil {
			return nil, err
		}
	default:
		c.Link = outer.Name
	}
	return c, c.read(p, l)
}
