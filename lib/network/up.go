package network

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// dyingWait is how long a name may stay taken by a link that the kernel is
// about to destroy: after the death of a namespace's last process that took
// up to 150 ms, and longer on a busy machine.
const dyingWait = 2 * time.Second

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
	if p.host, err = here(); err != nil {
		return err
	}
	if err := p.nameFree(s); err != nil {
		return err
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
	if err != nil {
		return err
	}
	if err := p.planNetns(s); err != nil {
		return err
	}
	p.planBridge(b, seats)
	p.planPair(s, seats)
	return nil
}

// nameFree refuses a name that another container has, and plans to remove what
// a dead one has.
func (p *Plan) nameFree(s Spec) error {
	for _, taken := range []string{s.Name.Altname(), s.Name.Link()} {
		l, err := p.host.conn.settled(taken)
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		if healed, err := p.heal(l); err != nil {
			return err
		} else if !healed {
			return already(s.Name)
		}
	}
	return nil
}

// addressesFree does so with addresses.
func (p *Plan) addressesFree(s Spec) error {
	for _, a := range s.Addresses {
		l, err := p.host.conn.settled(name.AddressAltname(a.Addr()))
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		if healed, err := p.heal(l); err != nil {
			return err
		} else if !healed {
			return inUse(a, l)
		}
	}
	return nil
}

// taker says who has one of the addresses.
func (c *conn) taker(all []Address) error {
	for _, a := range all {
		if l, err := c.settled(name.AddressAltname(a.Addr())); err != nil || l != nil {
			return errors.Join(err, inUse(a, l))
		}
	}
	return nil
}

func inUse(a Address, by *link) error {
	if by == nil {
		return nil
	}
	user := by.Name
	if n, ok := by.owner(); ok {
		user = string(n)
	}
	return fmt.Errorf("address %s is in use by %s", a.Addr(), user)
}

// settled looks a link up, and waits a bounded time for one that may be dying.
// The kernel does not tell: a namespace answers for some milliseconds after
// its last process was reaped. One to which a name or a process leads lives.
func (c *conn) settled(s string) (*link, error) {
	for end := time.Now().Add(dyingWait); ; time.Sleep(5 * time.Millisecond) {
		l, err := c.find(s)
		if err != nil || l == nil || time.Now().After(end) {
			return l, err
		}
		n, ok := l.owner()
		if l.half() || !ok && !l.ours() {
			return l, nil
		}
		if path, err := c.netnsOf(n, l); err != nil || path != "" {
			return l, err
		}
	}
}

// planNetns makes the namespace, or opens the one that is there.
func (p *Plan) planNetns(s Spec) (err error) {
	if s.Netns != "" {
		return p.join(s.Netns)
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
	p.add(makeNetns{s.Name, s.Owner, p.inside})
	return nil
}

func (p *Plan) join(path string) (err error) {
	p.Netns = path
	if p.inside, err = enter(path); err != nil {
		return err
	}
	if p.inside.same() {
		return fmt.Errorf("%s: is this host's own network namespace", path)
	}
	if l, err := p.inside.conn.find(inner); err != nil {
		return err
	} else if l != nil {
		return fmt.Errorf("%s: has an %s already", path, inner)
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
func (p *Plan) planPair(s Spec, seats []seat) {
	link := s.Name.Link()
	p.add(
		makeVeth{host: p.host, inside: p.inside, link: link, bridge: string(s.Bridge), mtu: s.MTU, mac: s.MAC},
		addAltnames{p.host, link, handleNames(s.Name, s.Addresses), func() error { return p.host.conn.taker(s.Addresses) }},
		setAlias{at: p.host, link: link, alias: alias(s)},
	)
	for _, at := range seats {
		p.add(addAddress{p.inside, inner, at.Prefix})
	}
	p.add(setUp{p.inside, inner})
	for _, at := range seats {
		if at.gateway.IsValid() {
			p.add(addDefault{p.inside, inner, at.gateway})
		}
	}
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

func commas(all []Address) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}
