package network

import (
	"errors"
	"fmt"
	"time"

	"mini-container/lib/name"
)

// dyingWait is how long a name may stay taken by a link that the kernel is
// about to destroy: after the death of a namespace's last process that took
// up to 150 ms, and longer on a busy machine.
const dyingWait = 2 * time.Second

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
		healed, err := p.heal(l)
		if err == nil && !healed && !p.further {
			err = p.extend(s, l)
		}
		if err != nil {
			return err
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
