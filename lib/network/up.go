package network

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// Up plans the network of one container. Every check is made here, under the
// lock (see Lock), so that a refused one has changed nothing.
func Up(s Spec) (*Plan, error) {
	p := &Plan{}
	if err := p.up(s); err != nil {
		p.Close()
		return nil, about(string(s.Name), err)
	}
	return p, nil
}

func (p *Plan) up(s Spec) (err error) {
	if s.Ifname == "lo" {
		return errors.New("--ifname lo: every network has that of its own")
	}
	if p.host, err = here(); err != nil {
		return err
	}
	if err := p.nameFree(s); err != nil {
		return err
	}
	if p.further {
		s.Owner = p.owner
	}
	if s.MAC == nil && !s.Unguarded {
		s.MAC = MAC(randomMAC()) // the guard has to know it
	}
	b, err := p.bridge(s.Bridge)
	if err != nil {
		return err
	}
	if err := p.settle(&s, b); err != nil {
		return err
	}
	if s.MTU != 0 && s.MTU < minMTU6 && slices.ContainsFunc(s.Addresses, func(a Address) bool { return a.Addr().Is6() }) {
		return fmt.Errorf("--mtu %d: IPv6 needs an MTU of %d", s.MTU, minMTU6)
	}
	if n := len(alias(s)); n > maxAlias {
		return fmt.Errorf("%d addresses are too many: the link's alias, which lists them, has at most %d characters", len(s.Addresses), maxAlias)
	}
	if err := p.addressesFree(s); err != nil {
		return err
	}
	seats, err := p.seats(s, b)
	if err == nil {
		err = p.portsFree(s, b, seats)
	}
	if err == nil && p.further {
		err = p.onlyDefaults(s, seats)
	}
	if err != nil {
		return err
	}
	if err := p.planNetns(s); err != nil {
		return err
	}
	p.planBridge(b, seats)
	if err := p.planVLAN(s, b); err != nil {
		return err
	}
	if err := p.planPair(s, seats); err != nil {
		return err
	}
	return p.planReach(s, b)
}

// planNetns makes the namespace, or opens the one that is there.
func (p *Plan) planNetns(s Spec) (err error) {
	if p.further {
		return nil
	}
	if s.Netns != "" {
		return p.join(s)
	}
	p.Netns = s.Name.Netns()
	p.inside = &place{path: p.Netns, fd: -1}
	state, err := look(p.Netns)
	switch {
	case err != nil:
		return err
	case slices.Contains(p.healed, s.Name):
	case state == handleAlive:
		if err := p.healNetns(s.Name); err != nil {
			return err
		}
	case state == handleRotten:
		p.add(dropRotten{s.Name})
	}
	if _, err := os.Stat(name.Folder); os.IsNotExist(err) {
		p.add(step.Mkdir{Path: name.Folder, Mode: 0o755})
	}
	p.add(claimNetns{s.Name}, makeNetns{s.Name, s.Owner, p.inside})
	return nil
}

func (p *Plan) join(s Spec) (err error) {
	p.Netns = s.Netns
	if p.inside, err = enter(s.Netns); err != nil {
		return err
	}
	if own, err := p.inside.is(ownNetns); err != nil {
		return err
	} else if own {
		return fmt.Errorf("%s: is this host's own network namespace", s.Netns)
	}
	if l, err := p.inside.conn.find(s.inner()); err != nil {
		return err
	} else if l != nil {
		return fmt.Errorf("%s: has an %s already: say another --ifname", s.Netns, s.inner())
	}
	lo, err := p.inside.conn.index(loopback)
	if err != nil || lo == nil || lo.up() {
		return err
	}
	has, err := p.inside.conn.addresses(loopback)
	p.add(raiseLoopback{setUp{p.inside, lo.Name}, len(has) == 0})
	return err
}

func (p *Plan) planBridge(b *bridge, seats []seat) {
	name := string(b.name)
	switch {
	case b.link == nil:
		p.add(makeBridge{p.host, name, randomMAC()}, setAlias{at: p.host, link: name, alias: mark}, deafen{link: name})
	case b.ours && !b.up():
		p.add(setUp{p.host, name})
	}
	for _, at := range seats {
		if at.gets.IsValid() {
			p.add(addAddress{p.host, name, at.gets})
		}
	}
}

// planPair takes the locks on name and addresses (link name and altnames)
// before anything can use an address.
func (p *Plan) planPair(s Spec, seats []seat) error {
	link, altname, inner := s.Name.Link(), s.Name.Altname(), s.inner()
	if p.further {
		link, altname = s.Name.Another(inner), s.Name.AnotherAltname(inner)
	}
	p.add(
		makeVeth{host: p.host, inside: p.inside, link: link, inner: inner, bridge: string(s.Bridge), mtu: s.MTU, mac: s.MAC},
		addAltnames{p.host, link, handleNames(altname, s.Addresses), func() error { return p.host.conn.taker(s.Addresses) }},
		setAlias{at: p.host, link: link, alias: alias(s)},
	)
	if err := p.planGuard(s, link); err != nil {
		return err
	}
	if s.Isolated {
		p.add(isolate(p.host, link))
	}
	if len(s.Publish) > 0 {
		p.add(hairpin(p.host, link))
	}
	if s.VLAN != 0 {
		p.add(portVLAN{at: p.host, link: link, id: s.VLAN})
	}
	if s.Rate != 0 {
		p.add(limitRate{at: p.host, link: link, rate: s.Rate}, limitRate{at: p.inside, link: inner, rate: s.Rate})
	}
	for _, at := range seats {
		p.add(addAddress{p.inside, inner, at.Prefix})
	}
	p.add(setUp{p.inside, inner})
	for _, at := range seats {
		if at.gateway.IsValid() {
			p.add(addDefault{p.inside, inner, at.gateway})
		}
	}
	return nil
}

// maxAlias is the longest alias: IFALIASZ of <linux/if.h> less its NUL.
const maxAlias = 255

// alias is what the host's end says of its container.
func alias(s Spec) string {
	words := []string{mark, string(s.Name), commas(s.Addresses)}
	if owner := s.Owner.String(); owner != "" {
		words = append(words, owner)
	}
	return strings.Join(words, " ")
}

func commas[T fmt.Stringer](all []T) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}
