package network

import (
	"fmt"
	"net/netip"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"mini-container/lib/nft"
)

// One table has the ways out and in of all containers of this host. Its rules
// are the same for all; its sets have an element for each container and port, so
// that the thousandth costs a packet no more than the first. The table is there
// as long as it has an element.

// natTable is its name.
const natTable = mark

// natFamily is what differs between IPv4 and IPv6 in it.
type natFamily struct {
	word           string // of nft(8)
	protocol       string // too
	number         byte   // NFPROTO_*
	bytes          uint32 // of an address
	source, target uint32 // where they are in the header
	port           uint32 // the small register after an address in register 1
	loopback       string // as nft(8) has it
	loopbackIs     []byte // the bytes that say so

	out, home    *nft.Set // who goes out, by bridge and address; who is at home on which bridge
	one, anyPort *nft.Set // where a port leads, of one address and of any
}

// Constants of conntrack, <linux/netfilter/nf_conntrack_common.h>.
const (
	ctNew  = 1 << 3 // as nft(8) counts the states
	ctDNAT = 1 << 5 // IPS_DST_NAT
)

// small is the number of a small register, of which four lie in a large one.
func small(n uint32) uint32 { return unix.NFT_REG32_00 + n }

// natFamilies are those of the table: for IPv4 and for IPv6.
func natFamilies() [2]*natFamily {
	v4 := &natFamily{word: "ip", protocol: "ipv4", number: unix.NFPROTO_IPV4, bytes: 4, source: 12, target: 16, port: small(1), loopback: "127.0.0.0/8", loopbackIs: []byte{127}}
	v6 := &natFamily{word: "ip6", protocol: "ipv6", number: unix.NFPROTO_IPV6, bytes: 16, source: 8, target: 24, port: 2, loopback: "::1", loopbackIs: netip.IPv6Loopback().AsSlice()}
	v4.sets("", nft.Address)
	v6.sets("6", nft.Address6)
	return [2]*natFamily{v4, v6}
}

func (f *natFamily) sets(suffix string, address nft.Type) {
	to := []nft.Type{address, nft.Port}
	f.out = &nft.Set{Name: "out" + suffix, Key: []nft.Type{nft.Name, address}}
	f.home = &nft.Set{Name: "home" + suffix, Key: []nft.Type{nft.Name, nft.Name, address}}
	f.one = &nft.Set{Name: "port" + suffix, Key: []nft.Type{nft.Protocol, address, nft.Port}, Value: to}
	f.anyPort = &nft.Set{Name: "anyport" + suffix, Key: []nft.Type{nft.Protocol, nft.Port}, Value: to}
}

// wholeNat is the table, without elements.
func wholeNat(families [2]*natFamily) *nft.Table {
	t := &nft.Table{Family: nft.Inet, Name: natTable}
	var published, forward, leaving []nft.Rule
	v6 := families[1]
	published = append(published, nft.Rule{ // no answer would come back to it
		Says: "ip6 daddr " + v6.loopback + " accept", Does: nft.Do(v6.is(), nft.Network(v6.target, v6.bytes), nft.Is(v6.loopbackIs...), nft.Accept())})
	local := []nft.Rule{{Says: "fib daddr type local goto published", Does: nft.Do(nft.ToLocal(), nft.Goto("published"))}}
	forward = append(forward, nft.Rule{Says: "ct status dnat accept", Does: nft.Do(nft.Tracked(expr.CtKeySTATUS, ctDNAT), nft.Accept())})
	for _, f := range families {
		t.Sets = append(t.Sets, f.out, f.home, f.one, f.anyPort)
		published = append(published, f.published()...)
		forward = append(forward, f.forward()...)
		leaving = append(leaving, f.leaving()...)
	}
	t.Chains = []nft.Chain{
		{Name: "loopback", Base: &nft.Base{Type: "filter", Hook: "prerouting", Priority: -300}, Rules: families[0].stranger()},
		{Name: "arriving", Base: &nft.Base{Type: "nat", Hook: "prerouting", Priority: -100}, Rules: local},
		{Name: "starting", Base: &nft.Base{Type: "nat", Hook: "output", Priority: -100}, Rules: local},
		{Name: "published", Rules: published},
		{Name: "passing", Base: &nft.Base{Type: "filter", Hook: "forward"}, Rules: forward},
		{Name: "leaving", Base: &nft.Base{Type: "nat", Hook: "postrouting", Priority: 100}, Rules: leaving},
	}
	return t
}

func (f *natFamily) is() []expr.Any { return nft.Do(nft.Meta(expr.MetaKeyNFPROTO), nft.Is(f.number)) }

// stranger: a bridge of ours that takes answers for 127.0.0.1 takes nothing else
// of it.
func (f *natFamily) stranger() (rules []nft.Rule) {
	for _, end := range []struct {
		word string
		at   uint32
	}{{"daddr", f.target}, {"saddr", f.source}} {
		rules = append(rules, nft.Rule{
			Says: fmt.Sprintf("iifgroup %d %s %s %s drop", group, f.word, end.word, f.loopback),
			Does: nft.Do(nft.Meta(expr.MetaKeyIIFGROUP), nft.Is(number(group)...), f.is(), nft.Network(end.at, 1), nft.Is(f.loopbackIs...), nft.Drop()),
		})
	}
	return rules
}

// published: a port of the very address comes before that of any.
func (f *natFamily) published() []nft.Rule {
	to := nft.To(uint32(f.number), f.port)
	after := small(1) + f.bytes/4
	return []nft.Rule{
		{Says: fmt.Sprintf("dnat %s to meta l4proto . %s daddr . th dport map @%s", f.word, f.word, f.one.Name),
			Does: nft.Do(f.is(), nft.Meta(expr.MetaKeyL4PROTO), nft.Into(small(1), nft.Network(f.target, f.bytes)), nft.Into(after, nft.Transport(2, 2)), nft.Of(f.one), to)},
		{Says: fmt.Sprintf("meta nfproto %s dnat %s to meta l4proto . th dport map @%s", f.protocol, f.word, f.anyPort.Name),
			Does: nft.Do(f.is(), nft.Meta(expr.MetaKeyL4PROTO), nft.Into(small(1), nft.Transport(2, 2)), nft.Of(f.anyPort), to)},
	}
}

// forward: nobody else's machine begins to talk to a container that goes out by
// this host's address. Frames that only cross the bridge come here where
// br_netfilter shows them.
func (f *natFamily) forward() []nft.Rule {
	return []nft.Rule{
		{Says: fmt.Sprintf("iifname . oifname . %s daddr @%s accept", f.word, f.home.Name),
			Does: nft.Do(f.is(), f.crossing(expr.MetaKeyIIFNAME, f.target), nft.In(f.home), nft.Accept())},
		{Says: fmt.Sprintf("ct state new oifname . %s daddr @%s drop", f.word, f.out.Name),
			Does: nft.Do(nft.Tracked(expr.CtKeySTATE, ctNew), f.is(), nft.Meta(expr.MetaKeyOIFNAME), nft.Into(2, nft.Network(f.target, f.bytes)), nft.In(f.out), nft.Drop())},
	}
}

// leaving: what goes out has the host's address. So has what comes back to the
// bridge from which it came (in the kernel's eyes by no link, where br_netfilter
// has led it round), and from the host's loopback: the answer would go another
// way.
func (f *natFamily) leaving() []nft.Rule {
	loopback := nft.Do(nft.Network(f.source, uint32(len(f.loopbackIs))), nft.Is(f.loopbackIs...))
	dnat := nft.Tracked(expr.CtKeySTATUS, ctDNAT)
	athome := func(at uint32) []expr.Any { return nft.Do(f.crossing(expr.MetaKeyOIFNAME, at), nft.In(f.home)) }
	rules := []nft.Rule{
		{Says: fmt.Sprintf("iifname . %s saddr @%s masquerade", f.word, f.out.Name),
			Does: nft.Do(f.is(), nft.Meta(expr.MetaKeyIIFNAME), nft.Into(2, nft.Network(f.source, f.bytes)), nft.In(f.out), nft.Masquerade())},
		{Says: fmt.Sprintf("ct status dnat iifname . oifname . %s daddr @%s masquerade", f.word, f.home.Name),
			Does: nft.Do(dnat, f.is(), f.crossing(expr.MetaKeyIIFNAME, f.target), nft.In(f.home), nft.Masquerade())},
		{Says: fmt.Sprintf("ct status dnat oifname . oifname . %s saddr @%s oifname . oifname . %s daddr @%s masquerade", f.word, f.home.Name, f.word, f.home.Name),
			Does: nft.Do(dnat, f.is(), athome(f.source), athome(f.target), nft.Masquerade())},
	}
	if f.number == unix.NFPROTO_IPV6 {
		return rules
	}
	return append(rules, nft.Rule{
		Says: fmt.Sprintf("ct status dnat %s saddr %s oifname . oifname . %s daddr @%s masquerade", f.word, f.loopback, f.word, f.home.Name),
		Does: nft.Do(dnat, f.is(), loopback, athome(f.target), nft.Masquerade())})
}

// crossing loads the link by which the packet came, or one more time that by
// which it goes, that by which it goes, and an address.
func (f *natFamily) crossing(first expr.MetaKey, address uint32) []expr.Any {
	return nft.Do(nft.Meta(first), nft.Into(2, nft.Meta(expr.MetaKeyOIFNAME)), nft.Into(3, nft.Network(address, f.bytes)))
}
