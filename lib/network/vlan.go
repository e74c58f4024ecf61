package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// VLAN is the number of a virtual LAN (IEEE 802.1Q); zero is none. A container
// in one reaches those ports of its bridge that are in it too, and not the host.
type VLAN uint16

// UnmarshalText takes 1 to 4094.
func (v *VLAN) UnmarshalText(t []byte) error {
	n, err := strconv.ParseUint(string(t), 10, 12)
	if err != nil || n == 0 || n == 4095 {
		return fmt.Errorf("%q: a VLAN has a number from 1 to 4094", t)
	}
	*v = VLAN(n)
	return nil
}

// planVLAN makes a bridge of ours tell VLANs apart. One of somebody else's is
// never altered.
func (p *Plan) planVLAN(s Spec, b *bridge) error {
	switch {
	case s.VLAN == 0 || b.link != nil && b.filters:
		return nil
	case !b.ours:
		return fmt.Errorf("the bridge %s does not tell VLANs apart: 'ip link set %s type bridge vlan_filtering 1' makes it", b.name, b.name)
	}
	p.add(filterVLANs{at: p.host, bridge: string(b.name)})
	return nil
}

// filterVLANs makes a bridge tell VLANs apart: all ports are in number 1 then.
type filterVLANs struct {
	at     *place
	bridge string
}

func (s filterVLANs) set(on byte) error {
	const vlanFiltering = 7 // IFLA_BR_VLAN_FILTERING
	data := attribute(nl.IFLA_INFO_DATA, nil)
	data.AddRtAttr(vlanFiltering, []byte{on})
	err := s.at.conn.do(unix.RTM_NEWLINK, 0, linkMessage(0), named(s.bridge), kind("bridge", data))
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = fmt.Errorf("this kernel's bridges tell no VLANs apart (CONFIG_BRIDGE_VLAN_FILTERING): %w", err)
	}
	return about(s.bridge+": VLANs", err)
}

// Do turns it on.
func (s filterVLANs) Do() error { return s.set(1) }

// Undo turns it off.
func (s filterVLANs) Undo() error { return s.set(0) }

// Say is ip-link(8).
func (s filterVLANs) Say() string {
	return s.at.say("link", "set", s.bridge, "type", "bridge", "vlan_filtering", "1")
}

// portVLAN puts a port that this very list has made into a VLAN, and out of
// number 1.
type portVLAN struct {
	step.Final
	at   *place
	link string
	id   VLAN
}

// Do does both.
func (s portVLAN) Do() error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return about(s.link+": VLAN", errors.Join(err, unix.ENODEV))
	}
	if s.id != 1 {
		err = s.change(unix.RTM_DELLINK, l.Index, 1, 0)
	}
	if err == nil {
		err = s.change(unix.RTM_SETLINK, l.Index, s.id, nl.BRIDGE_VLAN_INFO_PVID|nl.BRIDGE_VLAN_INFO_UNTAGGED)
	}
	return about(fmt.Sprintf("%s: VLAN %d", s.link, s.id), err)
}

func (s portVLAN) change(kind, index int, id VLAN, flags uint16) error {
	m := nl.NewIfInfomsg(unix.AF_BRIDGE)
	m.Index = int32(index)
	info := binary.NativeEndian.AppendUint16(nil, flags)
	spec := attribute(unix.IFLA_AF_SPEC, nil)
	spec.AddRtAttr(nl.IFLA_BRIDGE_VLAN_INFO, binary.NativeEndian.AppendUint16(info, uint16(id)))
	return s.at.conn.do(kind, 0, m, spec)
}

// ownVLAN is the VLAN of a port of a bridge that tells them apart; 0 for the
// one that the bridge itself is in.
func (c *conn) ownVLAN(l *link) (VLAN, error) {
	if l.MasterIndex == 0 {
		return 0, nil
	}
	b, err := c.index(l.MasterIndex)
	if err != nil || b == nil || !b.filters {
		return 0, err
	}
	port, err := c.pvid(l.Index)
	if err != nil {
		return 0, err
	}
	if host, err := c.pvid(b.Index); err != nil || port == host {
		return 0, err
	}
	return port, nil
}

// Say is bridge(8).
func (s portVLAN) Say() string {
	add := step.Say("bridge", "vlan", "add", "dev", s.link, "vid", strconv.Itoa(int(s.id)), "pvid", "untagged")
	if s.id == 1 {
		return add
	}
	return step.Say("bridge", "vlan", "delete", "dev", s.link, "vid", "1") + " && " + add
}
