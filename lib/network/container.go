package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// State is how a container's network is.
type State string

// States of a container's network.
const (
	StateUp        State = "up"        // both ends are up
	StateDown      State = "down"      // the pair is there, but an end is down
	StateUnplugged State = "unplugged" // there is a namespace of ours, but no pair
	StateRotten    State = "rotten"    // there is a name, but its namespace is gone
	StateDead      State = "dead"      // its owner has ended, and nobody is inside
)

// Container is one container's network as the kernel has it, or that of a
// namespace which is no container's. What is not there, or cannot be reached,
// is empty.
type Container struct {
	Name      name.Name      `json:"name"`
	State     State          `json:"state"`
	Netns     string         `json:"netns"`     // a file of the namespace
	Host      bool           `json:"host"`      // which is this process's own
	Bridge    string         `json:"bridge"`    // of the host
	Link      string         `json:"link"`      // the host's end of the pair, or what a macvlan stands on
	Interface string         `json:"interface"` // the container's end
	Kind      string         `json:"kind"`      // of the interface, as ip -d link has it; empty in a list
	Addresses []netip.Prefix `json:"addresses"` // of the container's end
	MAC       string         `json:"mac"`       // of the container's end
	MTU       int            `json:"mtu"`       // bytes
	Gateway   string         `json:"gateway"`   // of the default route
	Gateway6  string         `json:"gateway6"`  // of that for IPv6
	Routes    []Route        `json:"routes"`    // by the container's end; none in a list
	VLAN      VLAN           `json:"vlan"`      // of the host's end; 0 for that of the bridge itself, and in a list
	Rate      Rate           `json:"rate"`      // bits per second; 0 for no limit, and in a list
	Counters  *Counters      `json:"counters"`  // as the container counts
	NAT       bool           `json:"nat"`       // it goes out by the host's addresses
	Published []Publish      `json:"published"` // ports of the host that lead to it; none for who may not see that
	Isolated  bool           `json:"isolated"`  // it reaches no other isolated one of its bridge
	Antispoof bool           `json:"antispoof"` // it sends under no address but its own
	Owner     int            `json:"owner"`     // the process that it belongs to, 0 for none
	Further   []*Container   `json:"further"`   // its other interfaces; in a list each stands by itself
}

// blank has no list that is nil: none is null in JSON.
func blank() *Container {
	return &Container{Addresses: []netip.Prefix{}, Routes: []Route{}, Published: []Publish{}, Further: []*Container{}}
}

// Counters count since the link was made.
type Counters struct {
	RxBytes   uint64 `json:"rx_bytes"`
	RxPackets uint64 `json:"rx_packets"`
	RxDropped uint64 `json:"rx_dropped"`
	TxBytes   uint64 `json:"tx_bytes"`
	TxPackets uint64 `json:"tx_packets"`
	TxDropped uint64 `json:"tx_dropped"`
}

// errNone is the error of a name that has no network.
var errNone = errors.New("no such container: 'mc-net ls' lists them")

// whyNone has a word for who looks for a process.
func whyNone(n name.Name) error {
	if _, err := strconv.Atoi(string(n)); err != nil {
		return errNone
	}
	return fmt.Errorf("%w, and a process is /proc/%s/ns/net", errNone, n)
}

// Find looks one container's network up, with all that can be known of it.
func Find(n name.Name) (*Container, error) {
	host, err := here()
	if err != nil {
		return nil, about(string(n), err)
	}
	defer host.close()
	l, err := host.conn.hostEnd(n)
	if err != nil {
		return nil, about(string(n), err)
	}
	if l == nil {
		c, err := leftover(n)
		if c == nil && err == nil {
			err = whyNone(n)
		}
		return c, about(string(n), err)
	}
	ways, err := lookWays(host)
	if err != nil {
		return nil, about(string(n), err)
	}
	c, err := outside(host, n, l, ways)
	if err == nil {
		err = c.port(host.conn, l)
	}
	if err != nil || c.Netns == "" {
		return c, about(string(n), err)
	}
	return c, about(string(n), c.whole(host, l, ways))
}

// whole adds what only the container's namespace knows.
func (c *Container) whole(host *place, l *link, w *ways) error {
	in, err := enter(c.Netns)
	if err != nil {
		return err
	}
	defer in.close()
	if err := c.inside(in, l); err != nil {
		return err
	}
	others, err := host.conn.others(c.Name, in.conn, l)
	if err != nil {
		return err
	}
	for _, o := range others {
		f, err := outside(host, c.Name, o, w)
		if err == nil {
			err = f.port(host.conn, o)
		}
		if err == nil {
			err = f.inside(in, o)
		}
		if err != nil {
			return err
		}
		c.Further = append(c.Further, f)
	}
	return nil
}

// List looks all containers up, sorted by name, with what the host's side
// tells of them.
func List() ([]*Container, error) {
	host, err := here()
	if err != nil {
		return nil, err
	}
	defer host.close()
	links, err := host.conn.links()
	if err != nil {
		return nil, err
	}
	return list(host, links)
}

// list does so for who has the host's links already.
func list(host *place, links []*link) ([]*Container, error) {
	all := []*Container{}
	ways, err := lookWays(host)
	if err != nil {
		return nil, err
	}
	seen := map[name.Name]bool{}
	for _, l := range links {
		n, ok := l.owner()
		if !ok || l.kind != "veth" {
			continue
		}
		c, err := outside(host, n, l, ways)
		if err != nil {
			return nil, err
		}
		all, seen[n] = append(all, c), true
	}
	left, err := leftovers(seen)
	if err != nil {
		return nil, err
	}
	all = append(all, left...)
	slices.SortStableFunc(all, func(a, b *Container) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all, nil
}

// outside is what the host's side tells. The names of bridges are kept from one
// link to the next.
func outside(host *place, n name.Name, l *link, w *ways) (*Container, error) {
	c, err := plugged(host, l, w)
	if err != nil {
		return nil, err
	}
	c.Name = n
	if c.Netns, err = host.conn.netnsOf(n, l); err != nil {
		return nil, err
	}
	owner := l.ownedBy()
	c.Owner = owner.PID()
	gone, err := owner.Gone()
	if err != nil || !gone {
		return c, err
	}
	if lives, err := inhabited(c.Netns, 0); err != nil || lives {
		return c, err
	}
	c.State = StateDead
	return c, nil
}

// plugged is what the host's end of a pair tells, and where it is plugged in.
func plugged(host *place, l *link, w *ways) (*Container, error) {
	c := blank()
	c.State, c.Link, c.MTU, c.Addresses = l.state(), l.Name, l.MTU, l.reserved()
	w.of(c, l)
	if _, known := w.bridges[l.MasterIndex]; !known && l.MasterIndex != 0 {
		b, err := host.conn.index(l.MasterIndex)
		if err != nil {
			return nil, err
		}
		if b != nil && b.kind == "bridge" { // a VRF or a bond is none
			w.bridges[l.MasterIndex] = b.Name
		}
	}
	c.Bridge = w.bridges[l.MasterIndex]
	return c, nil
}

// state is whether the link can be used.
func (l *link) state() State {
	if l.up() && l.RawFlags&unix.IFF_LOWER_UP != 0 {
		return StateUp
	}
	return StateDown
}

// inside reads what the container's namespace knows of one interface.
func (c *Container) inside(in *place, l *link) error {
	eth, err := in.conn.index(l.ParentIndex)
	if err != nil || eth == nil {
		return err
	}
	return c.read(in, eth)
}

// read is the same for who has the interface already.
func (c *Container) read(in *place, eth *link) (err error) {
	c.Interface, c.Kind, c.MAC, c.MTU = eth.Name, eth.kind, eth.HardwareAddr.String(), eth.MTU
	if s := eth.Statistics; s != nil {
		c.Counters = &Counters{s.RxBytes, s.RxPackets, s.RxDropped, s.TxBytes, s.TxPackets, s.TxDropped}
	}
	if c.Addresses, err = in.conn.addresses(eth.Index); err != nil {
		return err
	}
	return c.readRoutes(in.conn, eth)
}

// leftover is what is there of a container without a link: its name in
// /run/netns, and perhaps a namespace of ours.
func leftover(n name.Name) (*Container, error) {
	state, err := look(n.Netns())
	if err != nil || state == handleNone {
		return nil, err
	}
	c := blank()
	c.Name, c.State, c.Netns = n, StateRotten, n.Netns()
	if state == handleRotten {
		return c, nil
	}
	p := &Plan{Netns: n.Netns()}
	defer p.Close()
	if ours, err := p.made(n); err != nil || !ours {
		return nil, err
	}
	c.Owner, c.State = p.owner.PID(), StateUnplugged
	if lives, err := p.lives(0); err != nil || lives {
		return c, err
	}
	c.State = StateDead
	return c, nil
}

// leftovers looks at the names in /run/netns that no link has.
func leftovers(seen map[name.Name]bool) ([]*Container, error) {
	entries, err := os.ReadDir(name.Folder)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: %w", name.Folder, step.Cause(err))
	}
	var all []*Container
	for _, entry := range entries {
		n := name.Name("")
		if n.UnmarshalText([]byte(entry.Name())) != nil || seen[n] {
			continue
		}
		// What cannot be looked into is not known to be of ours.
		c, err := leftover(n)
		if scarce(err) {
			return nil, err
		}
		if err == nil && c != nil {
			all = append(all, c)
		}
	}
	return all, nil
}
