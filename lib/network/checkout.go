package network

import (
	"net/netip"
	"slices"
	"strings"

	"mini-container/lib/plain"
)

// outside is the way through this host: that its own gateway answers a packet
// from inside shows it, and else the reasons are looked for.
func (k *checkup) outside() error {
	if k.c == nil || !k.c.NAT {
		if k.c != nil {
			k.add(plain.Note, "outside", "there is no --nat: this host and its neighbours on the bridge are reached, and nobody else")
		}
		return nil
	}
	for _, f := range []*family{&ipv4, &ipv6} {
		if !slices.ContainsFunc(k.gates, func(g netip.Addr) bool { return familyOf(g) == f }) {
			continue
		}
		if err := k.through(f); err != nil {
			return err
		}
	}
	return nil
}

// through sends a packet to where this host sends all that goes further.
func (k *checkup) through(f *family) error {
	routes, err := k.host.conn.routes(f)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(routes, func(r *route) bool { return r.to.Bits() == 0 && r.gateway.IsValid() })
	if i < 0 {
		k.add(plain.Note, "outside", "this host has no default route for %s itself", f.word())
		return k.forwards(f, false)
	}
	next := routes[i].gateway
	if next.IsLinkLocalUnicast() {
		return k.forwards(f, false) // of this link only: no packet can be sent there
	}
	var answered bool
	err = visit(k.in.fd, func() (err error) {
		answered, err = ping(next)
		return err
	})
	if err != nil {
		return err
	}
	if answered {
		k.add(plain.OK, "outside", "this host's own gateway %s answers", next)
		return nil
	}
	if err := k.forwards(f, true); err != nil || k.broken() {
		return err
	}
	hears, err := ping(next)
	if err == nil && !hears {
		k.add(plain.Bad, "outside", "this host's own gateway %s answers neither from inside nor this host", next)
	} else if err == nil {
		k.add(plain.Bad, "outside", "this host's own gateway %s answers this host, but not from inside", next)
	}
	return err
}

func (f *family) word() string {
	if f.broadcasts {
		return "IPv4"
	}
	return "IPv6"
}

// forwards looks for what this host does not let through. Where a packet was
// lost, a chain that drops by its policy is where to look.
func (k *checkup) forwards(f *family, lost bool) error {
	setting, said := "ipv4/ip_forward", "net.ipv4.ip_forward"
	if f == &ipv6 {
		setting, said = "ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding"
	}
	value, err := sysctl(setting)
	if err != nil {
		return err
	}
	if value != "1" {
		k.add(plain.Bad, "forward", "this host forwards no %s: 'sysctl %s=1'", f.word(), said)
	} else {
		k.add(plain.OK, "forward", "this host forwards %s", f.word())
	}
	if !lost || k.bridge == nil {
		return nil
	}
	chains, err := k.host.nft.Dropping("forward")
	if err != nil {
		return err
	}
	for _, chain := range chains {
		k.add(plain.Bad, "firewall", "%s drops what no rule of its own accepts: one that accepts what comes in by %s is missing there, or does not fit", chain, k.bridge.Name)
	}
	return nil
}

// published looks for somebody who listens where a port of this host leads.
func (k *checkup) published() error {
	if k.c == nil || len(k.c.Published) == 0 {
		return nil
	}
	all, err := k.in.listeners()
	if err != nil {
		return err
	}
	for _, p := range k.c.Published {
		protocol := "tcp"
		if p.UDP {
			protocol = "udp"
		}
		heard := func(a netip.Prefix) bool {
			return listens(all, protocol, netip.AddrPortFrom(a.Addr(), p.Port))
		}
		if len(k.c.Addresses) == 0 || slices.ContainsFunc(k.c.Addresses, heard) {
			k.add(plain.OK, "published", "%s: somebody inside listens", p)
			continue
		}
		hint := ""
		if only := alone(all, protocol, p.Port); only != "" {
			hint = ", but at " + only + ", which is not reached from outside"
		}
		k.add(plain.Bad, "published", "%s: nobody inside listens at %s port %d%s", p, protocol, p.Port, hint)
	}
	return nil
}

// alone is where a port is listened at, for those that cannot be reached.
func alone(all []Listener, protocol string, port uint16) string {
	var at []string
	for _, l := range all {
		if l.Protocol == protocol && l.At.Port() == port {
			at = append(at, l.At.Addr().String())
		}
	}
	return strings.Join(at, " and ")
}

// names asks the name servers that a program inside would ask: those of the
// resolv.conf(5) that counts there.
func (k *checkup) names() error {
	text, from, err := k.resolvConf()
	if err != nil {
		return err
	}
	servers := k.parseResolvers(text, from)
	if k.broken() {
		k.add(plain.Note, "dns", "the servers of %s are not asked: what is bad comes first", from)
		return nil
	}
	return k.askAll(servers, from)
}

func (k *checkup) parseResolvers(text, from string) (all []netip.Addr) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(words[1]); err == nil {
			all = append(all, a)
		} else {
			k.add(plain.Bad, "dns", "%s: %q is no address", from, words[1])
		}
	}
	return all
}

func (k *checkup) askAll(servers []netip.Addr, from string) error {
	if len(servers) == 0 {
		k.add(plain.Note, "dns", "%s names no server", from)
	}
	for _, server := range servers {
		if k.c != nil && !k.c.NAT && !k.near(server) {
			k.add(plain.Note, "dns", "%s (%s) is further away than this network leads", server, from)
			continue
		}
		var silence string
		err := visit(k.in.fd, func() (err error) {
			silence, err = askName(server)
			return err
		})
		if err != nil {
			return about("name server "+server.String(), err)
		}
		k.name(server, from, silence)
	}
	return nil
}

func (k *checkup) name(server netip.Addr, from, silence string) {
	switch {
	case silence == "":
		k.add(plain.OK, "dns", "%s answers (%s)", server, from)
	case server.IsLoopback():
		k.add(plain.Bad, "dns", "%s (%s) is this host's own: inside, nobody listens there: --dns says another", server, from)
	default:
		k.add(plain.Bad, "dns", "%s (%s) does not answer: %s", server, from, silence)
	}
}

// near tells that an address is in a subnet of the namespace, or inside itself.
func (k *checkup) near(a netip.Addr) bool {
	return a.IsLoopback() || slices.ContainsFunc(k.routes, func(r *route) bool { return r.to.Bits() > 0 && r.to.Contains(a) })
}
