package network

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"mini-container/lib/name"
)

// Again is what makes a network again, as far as mc-net makes such.
type Again struct {
	Commands [][]string // one for each interface
	Unsaid   []string   // what none of them makes

	in    *place
	fresh *fresh
}

// Again finds the commands for a container, or for any other namespace but the
// host's own.
func (c *Container) Again() (a *Again, err error) {
	object := firstOf(string(c.Name), c.Netns)
	a = &Again{Commands: [][]string{}, Unsaid: []string{}}
	if c.Host {
		return nil, about(object, errors.New("is this host's own network, which mc-net does not make"))
	}
	if c.Netns == "" || c.State == StateRotten {
		a.unsaid("its network namespace is gone, and with it what was there")
		return a, nil
	}
	if a.in, err = enter(c.Netns); err != nil {
		return nil, err
	}
	defer a.in.close()
	if a.fresh, err = lookFresh(); err != nil {
		return nil, about(object, err)
	}
	for _, f := range append([]*Container{c}, c.Further...) {
		if err := a.face(c.suggested(), f); err != nil {
			return nil, about(object, err)
		}
	}
	return a, about(object, a.around())
}

func (a *Again) unsaid(format string, args ...any) {
	a.Unsaid = append(a.Unsaid, fmt.Sprintf(format, args...))
}

// suggested is a name for a container that is to be such.
func (c *Container) suggested() (n name.Name) {
	word := filepath.Base(c.Netns)
	if process, is := strings.CutPrefix(c.Netns, "/proc/"); is {
		process, _, _ = strings.Cut(process, "/")
		word = "net-" + process
	}
	switch {
	case c.Name != "":
		return c.Name
	case n.UnmarshalText([]byte(word)) != nil:
		return "net"
	}
	return n
}

// usualMTU is what a pair has unless it is told otherwise, in bytes.
const usualMTU = 1500

// up is the command for an interface with these addresses and gateways.
func (c *Container) up(n name.Name, first bool, has []netip.Prefix, gates []string) []string {
	args := []string{"mc-net", "up", string(n)}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	for _, a := range has {
		add("--ip", a.String())
	}
	add("--bridge", c.Bridge)
	if !first || c.Interface != defaultInner {
		add("--ifname", c.Interface)
	}
	add("--mac", c.MAC)
	if c.MTU != usualMTU && c.MTU > 0 {
		add("--mtu", fmt.Sprint(c.MTU))
	}
	for _, g := range gates {
		add("--gateway", g)
	}
	for _, p := range c.Published {
		add("--publish", p.String())
	}
	if c.VLAN != 0 {
		add("--vlan", fmt.Sprint(c.VLAN))
	}
	if c.Rate != 0 {
		add("--rate", c.Rate.String())
	}
	for _, set := range []struct {
		flag string
		is   bool
	}{{"--nat", c.NAT}, {"--isolate", c.Isolated}, {"--no-antispoof", !c.Antispoof}} {
		if set.is {
			args = append(args, set.flag)
		}
	}
	return args
}

// face adds the command for one interface, and says what of it that is not.
func (a *Again) face(n name.Name, c *Container) error {
	if c.Interface == "" {
		a.unsaid("there is no interface but lo, which 'mc-ns run --net' makes")
		return nil
	}
	if c.Kind != "veth" {
		if a.fresh.has[c.Interface] && c.State == StateDown {
			return nil // the kernel's own, as tunl0
		}
		a.unsaid("%s is a %s%s%s: mc-net makes pairs (veth) only", c.Interface, c.Kind, prefixed(" on ", c.Link), prefixed(" with ", commas(c.Addresses)))
		a.routes(c, nil)
		return nil
	}
	has := a.takes(c)
	if err := new(Interface).UnmarshalText([]byte(c.Interface)); err != nil || len(has) == 0 {
		a.unsaid("%s: %v", c.Interface, errors.Join(err, errors.New("has no address that --ip takes")))
		a.routes(c, nil)
		return nil
	}
	where := "the command plugs it into " + string(DefaultBridge)
	switch {
	case c.Link == "":
		a.unsaid("%s does not lead to this host: %s", c.Interface, where)
	case c.Bridge == "":
		a.unsaid("%s, the host's end of %s, is plugged into no bridge: %s", c.Link, c.Interface, where)
	}
	if c.State == StateDown {
		a.unsaid("%s is down: the command puts it up", c.Interface)
	}
	gates := a.gates(c, has)
	a.Commands = append(a.Commands, c.up(n, len(a.Commands) == 0, has, gates))
	a.routes(c, gates)
	return a.rate(c)
}

// takes are the addresses that --ip takes.
func (a *Again) takes(c *Container) (has []netip.Prefix) {
	for _, p := range c.Addresses {
		if err := new(Address).UnmarshalText([]byte(p.String())); err != nil {
			a.unsaid("the address of %s: %v", c.Interface, err)
			continue
		}
		has = append(has, p)
	}
	return has
}

// gates are the gateways as --gateway takes them.
func (a *Again) gates(c *Container, has []netip.Prefix) (gates []string) {
	none := false
	for _, f := range []*family{&ipv4, &ipv6} {
		said := c.Gateway
		if f == &ipv6 {
			said = c.Gateway6
		}
		g, _ := netip.ParseAddr(said)
		of := slices.IndexFunc(has, func(p netip.Prefix) bool { return familyOf(p.Addr()) == f })
		reached := slices.ContainsFunc(has, func(p netip.Prefix) bool {
			return p.Contains(g) && g != p.Addr() && g != p.Masked().Addr() && !isBroadcast(g, p)
		})
		if reached {
			gates = append(gates, said)
		} else if of >= 0 {
			none = true
		}
	}
	if none && !c.NAT && len(c.Published) == 0 { // which lead by a gateway
		gates = append(gates, "none")
	}
	return gates
}

// rate: that of --rate is for both ways.
func (a *Again) rate(c *Container) error {
	l, err := a.in.conn.find(c.Interface)
	if err != nil || l == nil {
		return err
	}
	sends, err := a.in.conn.rate(l)
	if err == nil && sends != c.Rate {
		a.unsaid("%s receives at %s and sends at %s", c.Interface, limit(c.Rate), limit(sends))
	}
	return err
}

// routes says those that do not come with the addresses and the gateways.
func (a *Again) routes(c *Container, gates []string) {
	for _, r := range c.Routes {
		switch at := slices.Index(gates, r.Gateway); {
		case r.Gateway == "" && slices.ContainsFunc(c.Addresses, func(p netip.Prefix) bool { return p.Masked() == r.Destination }):
		case r.Destination.Bits() == 0 && at >= 0:
			gates = slices.Delete(slices.Clone(gates), at, at+1) // there may be another by it
		default:
			a.unsaid("the route %s", r)
		}
	}
}

func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func limit(r Rate) string {
	if r == 0 {
		return "no limit"
	}
	return r.String()
}
