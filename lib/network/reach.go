package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/nft"
)

// nat is what the table of all containers has just then, less what is planned
// to go, and with what is planned to come.
type nat struct {
	table    *nft.Table
	families [2]*natFamily
	there    bool
	read     bool // its elements, too
	elements []nft.Element
}

// lookNat looks whether there is a table.
func lookNat(c *nft.Conn) (*nat, error) {
	n := &nat{families: natFamilies()}
	n.table = wholeNat(n.families)
	var err error
	n.there, err = c.Has(n.table)
	return n, about("table "+natTable, unlessMissing(err))
}

// readNat reads the table, too.
func readNat(c *nft.Conn) (*nat, error) {
	n, err := lookNat(c)
	if err == nil {
		err = n.readAll(c)
	}
	return n, err
}

// readAll takes the longer the more containers the table has. Those that are not
// in it have no mark there, and need not wait for that.
func (n *nat) readAll(c *nft.Conn) (err error) {
	if n.there && !n.read {
		n.elements, err = c.Elements(n.table)
	}
	n.read = true
	return about("table "+natTable, whyTable(err))
}

// mark is a set without elements: there is one for each address that has any.
func (n *nat) mark(a netip.Addr) *nft.Set {
	return &nft.Set{Name: name.AddressAltname(a), Key: n.of(a).out.Key[1:]}
}

func (n *nat) marks(all []nft.Element) (marks []*nft.Set) {
	var seen []netip.Addr
	for _, e := range all {
		if a := n.address(e); !slices.Contains(seen, a) {
			seen, marks = append(seen, a), append(marks, n.mark(a))
		}
	}
	return marks
}

// natNow looks once for a plan.
func (p *Plan) natNow() (*nat, error) {
	if p.nat == nil {
		n, err := lookNat(&p.host.nft)
		if err != nil {
			return nil, err
		}
		p.nat = n
	}
	return p.nat, nil
}

// natAll reads the table once for a plan.
func (p *Plan) natAll() (*nat, error) {
	n, err := p.natNow()
	if err == nil {
		err = n.readAll(&p.host.nft)
	}
	return n, err
}

func (n *nat) of(a netip.Addr) *natFamily {
	if a.Is4() {
		return n.families[0]
	}
	return n.families[1]
}

// address is that of the container whose element it is.
func (n *nat) address(e nft.Element) netip.Addr {
	field := e.Key[len(e.Key)-1]
	if len(e.Value) > 0 {
		field = e.Value[0]
	}
	a, _ := netip.AddrFromSlice(field)
	return a
}

// port is the published port of an element, if it is one.
func (n *nat) port(e nft.Element) (p Publish, is bool) {
	if len(e.Value) == 0 {
		return p, false
	}
	p.UDP = e.Key[0][0] == unix.IPPROTO_UDP
	if len(e.Key) == 3 {
		p.Host, _ = netip.AddrFromSlice(e.Key[1])
	}
	p.HostPort = binary.BigEndian.Uint16(e.Key[len(e.Key)-1])
	p.Port = binary.BigEndian.Uint16(e.Value[1])
	return p, true
}

// elementsOf are those of a container: what it wants, at its first address of
// each family.
func (n *nat) elementsOf(s Spec) (all []nft.Element) {
	bridge := nft.Field(string(s.Bridge))
	for _, a := range s.Addresses {
		f, field := n.of(a.Addr()), a.Addr().AsSlice()
		if s.NAT {
			all = append(all, nft.Element{Set: f.out, Key: [][]byte{bridge, field}})
		}
		if s.NAT || len(s.Publish) > 0 {
			all = append(all, nft.Element{Set: f.home, Key: [][]byte{bridge, bridge, field}})
		}
		if first := slices.IndexFunc(s.Addresses, func(o Address) bool { return o.Addr().Is4() == a.Addr().Is4() }); s.Addresses[first] == a {
			all = append(all, n.portsOf(s, a.Addr())...)
		}
	}
	return all
}

func (n *nat) portsOf(s Spec, to netip.Addr) (all []nft.Element) {
	f := n.of(to)
	for _, p := range s.Publish {
		protocol := []byte{unix.IPPROTO_TCP}
		if p.UDP {
			protocol[0] = unix.IPPROTO_UDP
		}
		outer := binary.BigEndian.AppendUint16(nil, p.HostPort)
		e := nft.Element{Set: f.anyPort, Key: [][]byte{protocol, outer}, Value: [][]byte{to.AsSlice(), binary.BigEndian.AppendUint16(nil, p.Port)}}
		switch {
		case p.Host.IsValid() && p.Host.Is4() != to.Is4():
			continue
		case p.Host.IsValid():
			e.Set, e.Key = f.one, [][]byte{protocol, p.Host.AsSlice(), outer}
		}
		all = append(all, e)
	}
	return all
}

// portsFree refuses a port that somebody has, before anything is changed.
func (p *Plan) portsFree(s Spec, b *bridge, seats []seat) error {
	if len(s.Publish) == 0 && !s.NAT {
		return nil
	}
	if s.VLAN != 0 || slices.ContainsFunc(s.Gateways, func(g Gateway) bool { return g.None }) {
		return errors.New("--nat and --publish lead through this host: not with --vlan or --gateway none")
	}
	n, err := p.natNow()
	if err == nil && len(s.Publish) > 0 {
		n, err = p.natAll()
	}
	if err != nil {
		return err
	}
	for i, want := range s.Publish {
		if slices.ContainsFunc(s.Publish[:i], want.meets) {
			return fmt.Errorf("%s: %s is asked for twice", want, want.outer())
		}
		if !slices.ContainsFunc(s.Addresses, func(a Address) bool { return !want.Host.IsValid() || want.Host.Is4() == a.Addr().Is4() }) {
			return fmt.Errorf("%s: the container has no address of the family of %s", want, want.Host)
		}
		if want.Host.IsLoopback() && want.Host.Is6() {
			return fmt.Errorf("%s: the kernel sends nothing from ::1 to another link: take 127.0.0.1", want)
		}
		if want.Host.IsLoopback() && !b.ours {
			return fmt.Errorf("%s: 127.0.0.1 leads to no bridge that others made, as %s: it would have to be altered", want, b.name)
		}
		if err := p.portFree(n, want); err != nil {
			return err
		}
		err := want.listened(s.Addresses)
		soon := slices.ContainsFunc(seats, func(at seat) bool { return at.gets.IsValid() && at.gets.Addr() == want.Host })
		if err != nil && !(soon && errors.Is(err, errNotHere)) {
			return fmt.Errorf("%s: %w", want, err)
		}
	}
	return nil
}

// portFree refuses a port that a container has. One that leads to an address
// that nobody has is left of a removal that was cut off: it is planned to go.
func (p *Plan) portFree(n *nat, want Publish) error {
	for _, e := range n.elements {
		if has, is := n.port(e); !is || !has.meets(want) {
			continue
		}
		a := n.address(e)
		l, err := p.host.conn.find(name.AddressAltname(a))
		if err != nil {
			return err
		}
		if l != nil {
			return fmt.Errorf("%s: %s is published by %s", want, want.outer(), by(l))
		}
		p.stray = append(p.stray, a)
	}
	return nil
}

// planReach plans the ways out and in, in place of those that somebody has left
// who had the address before.
func (p *Plan) planReach(s Spec, b *bridge) error {
	own := p.stray
	for _, a := range s.Addresses {
		own = append(own, a.Addr())
	}
	if err := p.forget(own); err != nil || !s.NAT && len(s.Publish) == 0 {
		return err
	}
	n, err := p.natNow()
	if err != nil {
		return err
	}
	last := lastOut{table: n.table}
	if leadsLoopback(s, b) {
		last.bridge = string(b.name)
	}
	add := addElements{at: p.host, table: n.table, last: last}
	if !n.there {
		p.add(makeNat{p.host, n.table, last})
		n.there, add.last = true, lastOut{}
	}
	add.elements = n.elementsOf(s)
	add.marks = n.marks(add.elements)
	n.elements = append(n.elements, add.elements...)
	p.add(add)
	return p.planForwarding(s, b)
}

// forget plans to remove what the table has of containers' addresses, and the
// table with its last element.
func (p *Plan) forget(gone []netip.Addr) error {
	n, err := p.natNow()
	if err != nil || !n.there {
		return err
	}
	if marked, err := p.marked(gone); err != nil || !marked && !n.read {
		return err
	}
	if n, err = p.natAll(); err != nil {
		return err
	}
	var drop, keep []nft.Element
	for _, e := range n.elements {
		if slices.Contains(gone, n.address(e)) {
			drop = append(drop, e)
		} else {
			keep = append(keep, e)
		}
	}
	switch {
	case len(drop) == 0 && len(keep) > 0:
		return nil
	case len(keep) == 0:
		p.planDeaf(n.elements)
		p.add(dropNat{at: p.host, table: n.table})
		n.there = false
	default:
		p.add(dropElements{addElements: addElements{at: p.host, table: n.table, marks: n.marks(drop), elements: drop}})
	}
	n.elements = keep
	return nil
}

// marked tells whether the table has elements of one of the addresses.
func (p *Plan) marked(all []netip.Addr) (bool, error) {
	for _, a := range all {
		if has, err := p.host.nft.HasSet(p.nat.table, p.nat.mark(a).Name); has || err != nil {
			return has, about("table "+natTable, err)
		}
	}
	return false, nil
}

// forgetAll plans to remove what the host has of a container besides its links.
func (p *Plan) forgetAll(links []*link) error {
	var gone []netip.Addr
	for _, l := range links {
		for _, a := range l.reserved() {
			gone = append(gone, a.Addr())
		}
	}
	return p.forget(gone)
}

// forgetStrays does so with what is of no container any more, and names the
// addresses.
func (p *Plan) forgetStrays() (strays []string, err error) {
	n, err := p.natAll()
	if err != nil {
		return nil, err
	}
	var gone []netip.Addr
	for _, e := range n.elements {
		a := n.address(e)
		if slices.Contains(gone, a) {
			continue
		}
		l, err := p.host.conn.find(name.AddressAltname(a))
		if err != nil {
			return nil, err
		}
		if l == nil {
			gone, strays = append(gone, a), append(strays, a.String())
		}
	}
	return strays, p.forget(gone)
}
