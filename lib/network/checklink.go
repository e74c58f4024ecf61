package network

import (
	"encoding/binary"
	"strconv"

	"mini-container/lib/plain"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// pair is about both ends of a pair and the bridge between them. Sound is one
// that carries packets.
func (k *checkup) pair() (sound bool, err error) {
	if err := k.findOuter(); err != nil {
		return false, err
	}
	switch {
	case !k.eth.up():
		k.add(plain.Bad, "link", "%s is down: '%s'", k.eth.Name, k.in.say("link", "set", k.eth.Name, "up"))
		return false, nil
	case k.outer != nil && !k.outer.up():
		k.add(plain.Bad, "link", "%s, the host's end of %s, is down: 'ip link set %s up'", k.outer.Name, k.eth.Name, k.outer.Name)
		return false, nil
	case k.eth.RawFlags&unix.IFF_LOWER_UP == 0:
		k.add(plain.Bad, "link", "%s is up, but its other end is not", k.eth.Name)
		return false, nil
	case k.outer == nil:
		k.add(plain.OK, "link", "%s is up; its other end is not on this host", k.eth.Name)
		return true, nil
	}
	k.add(plain.OK, "link", "%s and %s, the host's end, are up", k.eth.Name, k.outer.Name)
	if sound, err = k.plugged(); !sound || err != nil {
		return sound, err
	}
	k.mtu()
	return true, nil
}

// findOuter finds the other end of the pair and the bridge, if they are here.
func (k *checkup) findOuter() (err error) {
	if k.eth.kind != "veth" {
		return nil
	}
	if k.outer, err = k.in.outer(k.host.conn, k.eth); err != nil || k.outer == nil || k.outer.MasterIndex == 0 {
		return err
	}
	k.bridge, err = k.host.conn.index(k.outer.MasterIndex)
	return err
}

// States of a port, BR_STATE_* of <linux/if_bridge.h>.
var portStates = []string{"disabled", "listening", "learning", "forwarding", "blocking"}

const portForwards = 3

func (k *checkup) plugged() (sound bool, err error) {
	switch {
	case k.bridge == nil && k.c == nil:
		k.add(plain.Note, "bridge", "%s is plugged into none", k.outer.Name)
		return true, nil
	case k.bridge == nil:
		k.add(plain.Bad, "bridge", "%s is plugged into none: 'ip link set %s master BRIDGE'", k.outer.Name, k.outer.Name)
		return false, nil
	case !k.bridge.up():
		k.add(plain.Bad, "bridge", "%s is down: 'ip link set %s up'", k.bridge.Name, k.bridge.Name)
		return false, nil
	}
	if state, known := k.outer.portState(); known && state != portForwards && int(state) < len(portStates) {
		k.add(plain.Bad, "bridge", "the port %s of %s is %s, not forwarding: 'bridge link set dev %s state 3'", k.outer.Name, k.bridge.Name, portStates[state], k.outer.Name)
		return false, nil
	}
	k.add(plain.OK, "bridge", "%s is up, and the port %s forwards", k.bridge.Name, k.outer.Name)
	if !k.bridge.filters {
		return true, nil
	}
	port, err := k.host.conn.pvid(k.outer.Index)
	if err != nil {
		return false, err
	}
	own, err := k.host.conn.pvid(k.bridge.Index)
	switch {
	case err != nil:
		return false, err
	case port == 0:
		k.add(plain.Bad, "vlan", "%s tells VLANs apart, and the port %s is in none: 'bridge vlan add dev %s vid 1 pvid untagged'", k.bridge.Name, k.outer.Name, k.outer.Name)
		return false, nil
	case port != own:
		k.add(plain.Note, "vlan", "is in VLAN %d of %s: reaches who is in it too, and not this host", port, k.bridge.Name)
		k.bridge = nil // the host is not behind it
	}
	return true, nil
}

// mtu: the smallest on the way must not be a surprise to the sender.
func (k *checkup) mtu() {
	for _, l := range []*link{k.outer, k.bridge} {
		if l != nil && l.MTU < k.eth.MTU {
			k.add(plain.Bad, "mtu", "%s sends packets of %d bytes, and %s takes %d: '%s'", k.eth.Name, k.eth.MTU, l.Name, l.MTU,
				k.in.say("link", "set", k.eth.Name, "mtu", strconv.Itoa(l.MTU)))
			return
		}
	}
	k.add(plain.OK, "mtu", "%d bytes all the way to the bridge", k.eth.MTU)
}

// portState is how the link is as a port of a bridge; not known of one that is
// none.
func (l *link) portState() (state byte, known bool) {
	value := l.answer[unix.SizeofIfInfomsg:]
	for _, kind := range []int{unix.IFLA_LINKINFO, nl.IFLA_INFO_SLAVE_DATA, nl.IFLA_BRPORT_STATE} {
		value = within(value, kind)
	}
	if len(value) == 0 {
		return 0, false
	}
	return value[0], true
}

// pvid is the VLAN that untagged packets of a port, or of the bridge itself,
// come into; 0 when there is none.
func (c *conn) pvid(index int) (VLAN, error) {
	const filterVLANs = 2 // RTEXT_FILTER_BRVLAN of <linux/rtnetlink.h>
	m := nl.NewIfInfomsg(unix.AF_BRIDGE)
	answers, err := c.dump(unix.RTM_GETLINK, m, attribute(unix.IFLA_EXT_MASK, number(filterVLANs)))
	if err != nil {
		return 0, about("VLANs", err)
	}
	for _, answer := range answers {
		if at := nl.DeserializeIfInfomsg(answer); int(at.Index) != index {
			continue
		}
		attributes, err := nl.ParseRouteAttr(within(answer[unix.SizeofIfInfomsg:], unix.IFLA_AF_SPEC))
		if err != nil {
			return 0, about("VLANs", err)
		}
		for _, a := range attributes {
			// struct bridge_vlan_info: flags, and the number.
			if a.Attr.Type == nl.IFLA_BRIDGE_VLAN_INFO && binary.NativeEndian.Uint16(a.Value)&nl.BRIDGE_VLAN_INFO_PVID != 0 {
				return VLAN(binary.NativeEndian.Uint16(a.Value[2:])), nil
			}
		}
	}
	return 0, nil
}
