package network

import (
	"errors"
	"fmt"
	"net/netip"

	"mini-container/lib/plain"
)

// Report is what Check has found.
type Report struct {
	Target   string         `json:"target"`
	Well     bool           `json:"well"` // nothing is bad: no packets are lost
	Findings plain.Findings `json:"findings"`
}

// Text is a line for each finding.
func (r *Report) Text() string { return r.Findings.Text() }

// checkup follows the way of a packet from inside a namespace, one interface
// after the other. Where a step breaks, those that need it are left out.
type checkup struct {
	Report
	host, in *place
	c        *Container // nil for a namespace that is none of ours

	eth    *link        // the interface inside
	outer  *link        // its end on this host, nil when it is not here
	bridge *link        // that the outer end is plugged into, nil for none
	has    []held       // addresses of the interface
	routes []*route     // inside, of both families
	gates  []netip.Addr // gateways that have answered
}

// broken tells that something on the way is bad already, which what comes after
// it would only show again.
func (k *checkup) broken() bool {
	return k.Findings.Bad("lo")
}

func (k *checkup) add(state, what, text string, args ...any) {
	k.Findings.Add(state, what, text, args...)
}

// Check tests a network step by step: links, addresses, gateway, the way out,
// name servers, published ports. It asks neighbours and name servers, and
// changes nothing.
func Check(t Target) (*Report, error) {
	k := &checkup{Report: Report{Target: t.String(), Findings: plain.Findings{}}}
	err := k.check(t)
	k.Well = !k.Findings.Bad()
	return &k.Report, err
}

func (k *checkup) check(t Target) (err error) {
	path := t.Path
	if t.Name != "" {
		if k.c, err = Find(t.Name); err != nil {
			return err
		}
		if path = k.c.Netns; k.c.State == StateRotten || path == "" {
			k.add(plain.Bad, "namespace", "is gone: 'mc-net down %s' removes what is left, and up makes it again", t.Name)
			return nil
		}
	}
	if k.host, err = here(); err != nil {
		return err
	}
	defer k.host.close()
	if k.in, err = enter(path); err != nil {
		return err
	}
	defer k.in.close()
	return about(t.String(), k.inside())
}

func (k *checkup) inside() error {
	links, err := k.in.conn.links()
	if err != nil {
		return err
	}
	for _, f := range []*family{&ipv4, &ipv6} {
		routes, err := k.in.conn.routes(f)
		if err != nil {
			return err
		}
		k.routes = append(k.routes, routes...)
	}
	some := false
	for _, l := range links {
		if l.Index == loopback {
			k.loopback(l)
			continue
		}
		some = true
		k.eth, k.outer, k.bridge, k.has = l, nil, nil, nil
		if err := k.face(); err != nil {
			return err
		}
	}
	if !some {
		k.add(plain.Bad, "link", "there is none but lo%s", k.remade())
		return nil
	}
	return errors.Join(k.outside(), k.names(), k.published())
}

// remade is how a container of ours gets its pair again.
func (k *checkup) remade() string {
	if k.c == nil {
		return ""
	}
	return fmt.Sprintf(": 'mc-net down %s' and up make it again", k.c.Name)
}

func (k *checkup) loopback(lo *link) {
	if lo.up() {
		k.add(plain.OK, "lo", "is up")
		return
	}
	k.add(plain.Bad, "lo", "is down, so nobody inside reaches 127.0.0.1: '%s'", k.in.say("link", "set", "lo", "up"))
}

// face is about one interface.
func (k *checkup) face() (err error) {
	if k.has, err = k.in.conn.held(k.eth.Index); err != nil {
		return err
	}
	sound, err := k.pair()
	if err != nil {
		return err
	}
	if err := k.addresses(); err != nil || !sound {
		return err
	}
	if err := k.duplicates(); err != nil {
		return err
	}
	if err := k.gateways(); err != nil {
		return err
	}
	return k.back()
}

// by is a container's name for a text, or what else the link is.
func by(l *link) string {
	if n, is := l.owner(); is {
		return string(n)
	}
	return l.Name
}
