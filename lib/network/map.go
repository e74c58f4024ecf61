package network

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Map is what hangs together on this host, as the kernel has it.
type Map struct {
	Bridges []MapBridge  `json:"bridges"`
	Links   []MapLink    `json:"links"` // neither bridge nor port, but lo
	Loose   []*Container `json:"loose"` // containers without a bridge
}

// MapBridge is one bridge of this host.
type MapBridge struct {
	MapLink
	Ours  bool      `json:"ours"` // made by mc-net
	Ports []MapPort `json:"ports"`
}

// MapPort is one port of a bridge.
type MapPort struct {
	MapLink
	Container *Container `json:"container"` // nil when the port is somebody else's
	Netns     string     `json:"netns"`     // a file of the namespace that a stranger's veth leads to
}

// MapLink is what one link of this host is.
type MapLink struct {
	Link      string         `json:"link"`
	Kind      string         `json:"kind"` // as ip -d link has it; device for hardware
	Up        bool           `json:"up"`   // and its carrier too
	Addresses []netip.Prefix `json:"addresses"`
}

// Look draws the map.
func Look() (*Map, error) {
	host, err := here()
	if err != nil {
		return nil, err
	}
	defer host.close()
	links, err := host.conn.links()
	if err != nil {
		return nil, err
	}
	containers, err := list(host, links)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(links, func(a, b *link) int { return strings.Compare(a.Name, b.Name) })
	m := &Map{Bridges: []MapBridge{}, Links: []MapLink{}, Loose: []*Container{}}
	for _, l := range links {
		if err := m.place(host.conn, l, links, containers); err != nil {
			return nil, err
		}
	}
	for _, c := range containers {
		if c.Bridge == "" {
			m.Loose = append(m.Loose, c)
		}
	}
	return m, nil
}

// place puts a link where it belongs: those that are ports come with their
// bridge, and a container's end without one comes with the container. What is
// half made or on its way out is nothing to draw.
func (m *Map) place(c *conn, l *link, links []*link, containers []*Container) error {
	_, container := l.owner()
	if l.Index == loopback || l.kind != "bridge" && (container || l.half() || l.ours() && l.isRetired() || isPort(l, links)) {
		return nil
	}
	own, err := c.drawn(l)
	if err != nil {
		return err
	}
	if l.kind != "bridge" {
		m.Links = append(m.Links, own)
		return nil
	}
	b := MapBridge{MapLink: own, Ours: l.ours(), Ports: []MapPort{}}
	for _, p := range links {
		if p.MasterIndex != l.Index {
			continue
		}
		port, err := c.port(p, containers)
		if err != nil {
			return err
		}
		b.Ports = append(b.Ports, port)
	}
	slices.SortStableFunc(b.Ports, func(a, b MapPort) int { return strings.Compare(a.title(), b.title()) })
	m.Bridges = append(m.Bridges, b)
	return nil
}

// isPort tells whether the link is a port of a bridge: what has another master
// stands for itself.
func isPort(l *link, links []*link) bool {
	return slices.ContainsFunc(links, func(b *link) bool { return b.Index == l.MasterIndex && b.kind == "bridge" })
}

func (c *conn) drawn(l *link) (MapLink, error) {
	has, err := c.addresses(l.Index)
	return MapLink{Link: l.Name, Kind: l.kind, Up: l.up() && l.RawFlags&unix.IFF_LOWER_UP != 0, Addresses: has}, err
}

func (c *conn) port(l *link, containers []*Container) (p MapPort, err error) {
	if p.MapLink, err = c.drawn(l); err != nil {
		return p, err
	}
	if i := slices.IndexFunc(containers, func(o *Container) bool { return o.Link == l.Name }); i >= 0 {
		p.Container = containers[i]
	} else if l.kind == "veth" {
		p.Netns, err = c.netnsOf("", l)
	}
	return p, err
}

// title is by what ports are in order: containers before strangers.
func (p MapPort) title() string {
	if p.Container == nil {
		return "~" + p.Link
	}
	return string(p.Container.Name)
}
