package network

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"mini-container/lib/plain"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// addresses compares what the interface has with what it was given.
func (k *checkup) addresses() error {
	given := []netip.Prefix{}
	if k.outer != nil {
		given = k.outer.reserved()
	}
	for _, g := range given {
		i := slices.IndexFunc(k.has, func(h held) bool { return h.Addr() == g.Addr() })
		switch {
		case i < 0:
			k.add(plain.Bad, "address", "%s is not on %s, which was given it: '%s'", g, k.eth.Name, k.in.say("address", "add", g.String(), "dev", k.eth.Name))
		case k.has[i].Bits() != g.Bits():
			k.add(plain.Bad, "address", "%s has %s, and was given %s: who is beside it and who is not is mistaken", k.eth.Name, k.has[i].Prefix, g)
		}
	}
	some := false
	for _, h := range k.has {
		switch {
		case h.own():
			continue
		case h.flags&unix.IFA_F_DADFAILED != 0:
			k.add(plain.Bad, "address", "%s is not used: somebody else answered when the kernel looked for it", h.Addr())
		case h.flags&unix.IFA_F_TENTATIVE != 0:
			k.add(plain.Note, "address", "%s is tested still, and not used before", h.Addr())
		default:
			k.add(plain.OK, "address", "%s has %s", k.eth.Name, h.Prefix)
		}
		some = true
	}
	if !some && len(given) == 0 {
		k.add(plain.Bad, "address", "%s has none", k.eth.Name)
	}
	return nil
}

// usable are the addresses that packets can come from.
func (k *checkup) usable() (all []netip.Prefix) {
	for _, h := range k.has {
		if !h.own() && h.flags&(unix.IFA_F_DADFAILED|unix.IFA_F_TENTATIVE) == 0 {
			all = append(all, h.Prefix)
		}
	}
	return all
}

// duplicates asks on the bridge who else has an address.
func (k *checkup) duplicates() error {
	if k.bridge == nil {
		return nil
	}
	for _, a := range k.usable() {
		other, err := askBeside(k.bridge, a.Addr(), k.eth.HardwareAddr)
		if err != nil {
			return err
		}
		if other == nil {
			continue
		}
		who := "a stranger"
		if l, err := k.host.conn.portOf(k.bridge, other); err != nil {
			return err
		} else if l != nil {
			who = by(l)
		}
		k.add(plain.Bad, "address", "%s is used twice on %s: %s (%s) has it too", a.Addr(), k.bridge.Name, who, other)
	}
	return nil
}

// askBeside is a probe that passes over one who is known.
func askBeside(on *link, a netip.Addr, known net.HardwareAddr) (net.HardwareAddr, error) {
	e := enquiryFor(on, a)
	answer := e.answer
	e.answer = func(packet []byte, from net.HardwareAddr) net.HardwareAddr {
		if mac := answer(packet, from); !bytes.Equal(mac, known) {
			return mac
		}
		return nil
	}
	mac, err := e.ask(on)
	return mac, about("probe for "+a.String(), err)
}

// gateways asks each for its hardware address, as the first packet would.
func (k *checkup) gateways() error {
	usable := k.usable()
	for _, f := range []*family{&ipv4, &ipv6} {
		some := slices.ContainsFunc(usable, func(a netip.Prefix) bool { return familyOf(a.Addr()) == f })
		if !some {
			continue
		}
		i := slices.IndexFunc(k.routes, func(r *route) bool {
			return r.to.Bits() == 0 && r.out == k.eth.Index && r.gateway.IsValid() && familyOf(r.gateway) == f
		})
		if i < 0 {
			if err := k.noDefault(f, usable); err != nil {
				return err
			}
			continue
		}
		if err := k.gateway(k.routes[i].gateway, usable); err != nil {
			return err
		}
	}
	return nil
}

// noDefault: one who is alone with its neighbours by intention has a bridge
// without an address.
func (k *checkup) noDefault(f *family, usable []netip.Prefix) error {
	if slices.ContainsFunc(k.routes, func(r *route) bool { return r.to.Bits() == 0 && r.gateway.IsValid() && familyOf(r.gateway) == f }) {
		k.add(plain.OK, "route", "the default route goes by another interface")
		return nil
	}
	at, err := k.onBridge(usable, f)
	if err != nil {
		return err
	}
	state, hint := plain.Note, ""
	if at.IsValid() {
		state, hint = plain.Bad, ": '"+k.in.say("route", "add", "default", "via", at.String(), "dev", k.eth.Name)+"'"
	}
	k.add(state, "route", "there is no default route by %s: who is not in its subnet is not reached%s", k.eth.Name, hint)
	return nil
}

// onBridge is the bridge's address in a subnet of the interface, if it has one.
func (k *checkup) onBridge(usable []netip.Prefix, f *family) (netip.Addr, error) {
	if k.bridge == nil {
		return netip.Addr{}, nil
	}
	has, err := k.host.conn.addresses(k.bridge.Index)
	for _, b := range has {
		if familyOf(b.Addr()) == f && slices.ContainsFunc(usable, func(a netip.Prefix) bool { return a.Contains(b.Addr()) }) {
			return b.Addr(), err
		}
	}
	return netip.Addr{}, err
}

func (k *checkup) gateway(gate netip.Addr, usable []netip.Prefix) error {
	if !slices.ContainsFunc(usable, func(a netip.Prefix) bool { return a.Contains(gate) }) && !gate.IsLinkLocalUnicast() {
		k.add(plain.Bad, "gateway", "%s is in no subnet of %s: nobody can be asked for it", gate, k.eth.Name)
		return nil
	}
	if k.eth.RawFlags&unix.IFF_NOARP != 0 {
		k.add(plain.Bad, "gateway", "%s asks for nobody's hardware address (NOARP): '%s'", k.eth.Name, k.in.say("link", "set", k.eth.Name, "arp", "on"))
		return nil
	}
	e := arp(k.eth.HardwareAddr, gate)
	if gate.Is6() {
		e = solicit(k.beside(gate, usable), k.eth.HardwareAddr, gate)
	}
	var mac net.HardwareAddr
	err := visit(k.in.fd, func() (err error) {
		mac, err = e.ask(k.eth)
		return err
	})
	if err != nil {
		return about("gateway "+gate.String(), err)
	}
	if mac != nil {
		k.gates = append(k.gates, gate)
		k.add(plain.OK, "gateway", "%s answers (%s)", gate, mac)
		return nil
	}
	why, err := k.mute(gate)
	k.add(plain.Bad, "gateway", "%s does not answer%s", gate, why)
	return err
}

// beside is an own address in the subnet of another one.
func (k *checkup) beside(a netip.Addr, usable []netip.Prefix) netip.Addr {
	for _, own := range usable {
		if own.Contains(a) {
			return own.Addr()
		}
	}
	return netip.IPv6Unspecified()
}

// mute looks why a gateway says nothing.
func (k *checkup) mute(gate netip.Addr) (string, error) {
	if k.bridge == nil {
		return "", nil
	}
	if k.bridge.RawFlags&unix.IFF_NOARP != 0 {
		return fmt.Sprintf(": %s answers nobody (NOARP): 'ip link set %s arp on'", k.bridge.Name, k.bridge.Name), nil
	}
	has, err := k.host.conn.addresses(k.bridge.Index)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(has, func(b netip.Prefix) bool { return b.Addr() == gate }) {
		return fmt.Sprintf(", though %s has it: a filter is between them", k.bridge.Name), nil
	}
	text := make([]string, len(has))
	for i, b := range has {
		text[i] = b.String()
	}
	return fmt.Sprintf(": it is not on %s, which has %s: 'ip address add %s/%d dev %s'", k.bridge.Name,
		either(strings.Join(text, " and "), "none"), gate, k.bitsFor(gate), k.bridge.Name), nil
}

func (k *checkup) bitsFor(gate netip.Addr) int {
	for _, a := range k.usable() {
		if a.Contains(gate) {
			return a.Bits()
		}
	}
	return familyOf(gate).bits
}

func either(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// back is whether the host's answers take the way that the questions came.
func (k *checkup) back() error {
	if k.bridge == nil {
		return nil
	}
	for _, a := range k.usable() {
		at, err := k.onBridge([]netip.Prefix{a}, familyOf(a.Addr()))
		if err != nil {
			return err
		}
		if !at.IsValid() {
			continue // the host is not meant to be in its subnet
		}
		r, err := k.host.conn.routeTo(a.Addr())
		if err != nil {
			return err
		}
		if r != nil && r.out == k.bridge.Index {
			k.add(plain.OK, "back", "this host reaches %s by %s", a.Addr(), k.bridge.Name)
			continue
		}
		way := "nowhere"
		if r != nil {
			if l, err := k.host.conn.index(r.out); err != nil {
				return err
			} else if l != nil {
				way = "by " + l.Name
			}
		}
		k.add(plain.Bad, "back", "this host sends what is for %s %s, not by %s: 'ip route get %s' shows it", a.Addr(), way, k.bridge.Name, a.Addr())
	}
	return nil
}

// portOf is the port of the bridge behind which a hardware address is, by the
// bridge's own table (bridge(8), fdb); nil when it is not known.
func (c *conn) portOf(b *link, mac net.HardwareAddr) (*link, error) {
	m := &netlink.Ndmsg{Family: unix.AF_BRIDGE}
	answers, err := c.dump(unix.RTM_GETNEIGH, m, attribute(unix.NDA_MASTER, number(b.Index)))
	if err != nil {
		return nil, about(b.Name+": its table of addresses", err)
	}
	for _, answer := range answers {
		n, err := netlink.NeighDeserialize(answer)
		if err != nil {
			return nil, about(b.Name+": its table of addresses", err)
		}
		if bytes.Equal(n.HardwareAddr, mac) && n.LinkIndex != b.Index {
			return c.index(n.LinkIndex)
		}
	}
	return nil, nil
}
