package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"mini-container/lib/nft"
	"mini-container/lib/step"
)

// Whoever may send frames of his own making (CAP_NET_RAW) could take a
// neighbour's address, or the gateway's. A guard is a table of nftables(8) at
// the host's end of one interface: what comes from there has the hardware
// address and the addresses that the container was given, and nothing else
// comes. It has one table for each interface, by its link's name: it is made in
// one transaction, costs other links nothing, and goes without a look at others.

// guardPriority is that of raw tables: before all other filters.
const guardPriority = -300

// guardName is the table that guards a link.
func guardName(link string) string { return mark + "-" + link }

// Numbers that the rules compare with.
const (
	dhcpServer, dhcp6Server                    = 67, 547 // RFC 2131, RFC 9915
	routerAdvert, redirect                     = 134, 137
	neighborSolicit, neighborAdvert, mldReport = 135, 136, 143
	arpSenderMAC, arpSender                    = 8, 14 // offsets (RFC 826)
	ip4Source, ip6Source                       = 12, 8
	ndTarget                                   = 8
)

// guardTable is what a link may send.
func guardTable(link string, mac MAC, own []netip.Prefix) *nft.Table {
	var v4, v6 []netip.Addr
	for _, a := range own {
		if a.Addr().Is4() {
			v4 = append(v4, a.Addr())
		} else {
			v6 = append(v6, a.Addr())
		}
	}
	v6 = append(v6, linkLocal(mac))
	base := &nft.Base{Type: "filter", Hook: "ingress", Device: link, Priority: guardPriority, Drop: true}
	return &nft.Table{Family: nft.Netdev, Name: guardName(link), Chains: []nft.Chain{
		{Name: "guard", Base: base, Rules: append(guardLink(mac, v4), guardIP6(v6)...)},
		{Name: "own6", Rules: guardOwn6(v6)},
	}}
}

// guardLink is about frames, ARP and IPv4. A sender without an address
// asks by ARP who has one (RFC 5227).
func guardLink(mac MAC, own []netip.Addr) []nft.Rule {
	said := net.HardwareAddr(mac).String()
	rules := []nft.Rule{
		{Says: "ether saddr != " + said + " drop", Does: nft.Do(nft.Meta(expr.MetaKeyIIFTYPE), nft.Is(native16(linkEthernet)...), nft.Link(6, 6), nft.IsNot(mac...), nft.Drop())},
		{Says: "arp saddr ether != " + said + " drop", Does: nft.Do(protocol(unix.ETH_P_ARP), nft.Network(arpSenderMAC, 6), nft.IsNot(mac...), nft.Drop())},
		{Says: fmt.Sprintf("udp sport %d drop", dhcpServer), Does: nft.Do(fromUDP(dhcpServer), nft.Drop())},
	}
	for _, a := range own {
		rules = append(rules, nft.Rule{Says: fmt.Sprintf("ip saddr %s accept", a), Does: nft.Do(protocol(unix.ETH_P_IP), nft.Network(ip4Source, 4), nft.Is(a.AsSlice()...), nft.Accept())})
	}
	for _, a := range append(own, netip.IPv4Unspecified()) {
		rules = append(rules, nft.Rule{Says: fmt.Sprintf("arp saddr ip %s accept", a), Does: nft.Do(protocol(unix.ETH_P_ARP), nft.Network(arpSender, 4), nft.Is(a.AsSlice()...), nft.Accept())})
	}
	return rules
}

// guardIP6 is about the sender of IPv6. One without an address looks whether
// somebody has its own, and says what multicasts it listens to.
func guardIP6(own []netip.Addr) []nft.Rule {
	var rules []nft.Rule
	from := func(a netip.Addr) []expr.Any {
		return nft.Do(protocol(unix.ETH_P_IPV6), nft.Network(ip6Source, 16), nft.Is(a.AsSlice()...))
	}
	nobody := netip.IPv6Unspecified()
	for _, a := range own {
		rules = append(rules,
			nft.Rule{Says: fmt.Sprintf("ip6 saddr %s goto own6", a), Does: nft.Do(from(a), nft.Goto("own6"))},
			nft.Rule{Says: fmt.Sprintf("ip6 saddr :: icmpv6 type nd-neighbor-solicit @th,64,128 %s accept", hex(a)),
				Does: nft.Do(from(nobody), icmp6(neighborSolicit)[2:], nft.Transport(ndTarget, 16), nft.Is(a.AsSlice()...), nft.Accept())})
	}
	return append(rules, nft.Rule{Says: "ip6 saddr :: icmpv6 type mld2-listener-report accept",
		Does: nft.Do(from(nobody), icmp6(mldReport)[2:], nft.Accept())})
}

// guardOwn6 is about what an address of its own says: that it has an address is
// believed of its own, and that it is a router never.
func guardOwn6(own []netip.Addr) []nft.Rule {
	var rules []nft.Rule
	for _, a := range own {
		rules = append(rules, nft.Rule{Says: fmt.Sprintf("icmpv6 type nd-neighbor-advert @th,64,128 %s accept", hex(a)),
			Does: nft.Do(icmp6(neighborAdvert), nft.Transport(ndTarget, 16), nft.Is(a.AsSlice()...), nft.Accept())})
	}
	for _, refused := range []struct {
		name string
		kind byte
	}{{"nd-neighbor-advert", neighborAdvert}, {"nd-router-advert", routerAdvert}, {"nd-redirect", redirect}} {
		rules = append(rules, nft.Rule{Says: "icmpv6 type " + refused.name + " drop", Does: nft.Do(icmp6(refused.kind), nft.Drop())})
	}
	return append(rules,
		nft.Rule{Says: fmt.Sprintf("udp sport %d drop", dhcp6Server), Does: nft.Do(fromUDP(dhcp6Server), nft.Drop())},
		nft.Rule{Says: "accept", Does: nft.Accept()})
}

func protocol(ethertype uint16) []expr.Any {
	return nft.Do(nft.Meta(expr.MetaKeyPROTOCOL), nft.Is(binary.BigEndian.AppendUint16(nil, ethertype)...))
}

func fromUDP(port uint16) []expr.Any {
	return nft.Do(nft.Meta(expr.MetaKeyL4PROTO), nft.Is(unix.IPPROTO_UDP), nft.Transport(0, 2), nft.Is(binary.BigEndian.AppendUint16(nil, port)...))
}

func icmp6(kind byte) []expr.Any {
	return nft.Do(protocol(unix.ETH_P_IPV6), nft.Meta(expr.MetaKeyL4PROTO), nft.Is(unix.IPPROTO_ICMPV6), nft.Transport(0, 1), nft.Is(kind))
}

func native16(n uint16) []byte { return binary.NativeEndian.AppendUint16(nil, n) }

// hex is an address as nft(8) takes a number.
func hex(a netip.Addr) string { return fmt.Sprintf("0x%x", a.AsSlice()) }

// linkLocal is the address that a link of this hardware address makes for itself
// (RFC 4291, appendix A).
func linkLocal(mac MAC) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]})
}

// guard guards a link.
type guard struct {
	at    *place
	link  string
	table *nft.Table
}

// Do makes the table.
func (s guard) Do() error {
	err := unmade(s.at.nft.Make(s.table), s.Undo)
	return about(s.link+": guard", whyGuard(err))
}

// Undo takes it away.
func (s guard) Undo() error { return unguard{at: s.at, link: s.link}.Do() }

// Say is nft(8).
func (s guard) Say() string { return step.Say("nft", s.table.String()) }

func (guard) Why() string {
	return "What comes from the container has the addresses that it was given, and nothing else comes (man 8 nft)."
}

func (s guard) SayUndo() string { return unguard{link: s.link}.Say() }

// unguard takes the guard off a link.
type unguard struct {
	step.Final
	at   *place
	link string
}

// Do deletes the table. What is gone is no error.
func (s unguard) Do() error {
	err := s.at.nft.Delete(&nft.Table{Family: nft.Netdev, Name: guardName(s.link)})
	return about(s.link+": guard", unlessMissing(err))
}

// Say is nft(8).
func (s unguard) Say() string {
	return step.Say("nft", "delete", "table", string(nft.Netdev), guardName(s.link))
}

// unlessMissing passes over that a kernel without nf_tables has no table.
func unlessMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// missing tells that the kernel has no nf_tables, or not what is asked of it.
func missing(err error) bool {
	return errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.ENOENT)
}

// planGuard guards the link, unless that is not wanted. What a killed process
// has left must not guard it in either case.
func (p *Plan) planGuard(s Spec, link string) error {
	if err := p.planUnguard(link); err != nil || s.Unguarded {
		return err
	}
	var own []netip.Prefix
	for _, a := range s.Addresses {
		own = append(own, a.Prefix)
	}
	p.add(guard{at: p.host, link: link, table: guardTable(link, s.MAC, own)})
	return nil
}

// planUnguard takes the guard off a link, if it has one.
func (p *Plan) planUnguard(link string) error {
	has, err := p.host.nft.Has(&nft.Table{Family: nft.Netdev, Name: guardName(link)})
	if has {
		p.add(unguard{at: p.host, link: link})
	}
	return about(link+": guard", unlessMissing(err))
}

// planStray removes the guards whose links are gone, and names the links.
func (p *Plan) planStray(links []*link) (strays []string, err error) {
	names, err := p.host.nft.Names(nft.Netdev)
	for _, n := range names {
		of, ours := strings.CutPrefix(n, guardName(""))
		if !ours || slices.ContainsFunc(links, func(l *link) bool { return l.Name == of }) {
			continue
		}
		p.add(unguard{at: p.host, link: of})
		strays = append(strays, of)
	}
	return strays, about("guards", unlessMissing(err))
}
