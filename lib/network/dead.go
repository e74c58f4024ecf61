package network

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mini-container/lib/name"
	"mini-container/lib/owner"
)

// A container's network is dead when it is ours, nobody is in its namespace,
// and its owner has ended or its maker has left it half-made. Under the lock
// nobody is about to make it. One without an owner lives until down.

// deathWait is how long the processes of a dead owner's container may take to
// go: its supervisor kills them.
const deathWait = 2 * time.Second

// half tells that the maker of a host's end was killed: its alias comes last.
func (l *link) half() bool { return l.ours() && l.kind == "veth" && l.Alias == "" && !l.isRetired() }

// ownedBy reads the owner off the last word of an alias.
func (l *link) ownedBy() owner.Owner {
	words := strings.Fields(l.Alias)
	if len(words) == 0 {
		return owner.Owner{}
	}
	return owner.Parse(words[len(words)-1])
}

// abandoned tells that nobody will ask for a container's link again: its owner
// has ended, or its maker did before it was whole.
func (l *link) abandoned() (bool, error) {
	if l.half() {
		return true, nil
	}
	return l.ownedBy().Gone()
}

// heal plans to remove the dead container of a link, and tells whether it is
// one.
func (p *Plan) heal(l *link) (bool, error) {
	n, named := l.owner()
	if named && slices.Contains(p.healed, n) {
		return true, nil
	}
	if abandoned, err := l.abandoned(); err != nil || !abandoned {
		return false, err
	}
	if l.further() {
		return p.healFurther(n, l)
	}
	if lives, err := p.host.conn.inhabited(n, l, deathWait); err != nil || lives {
		return false, err
	}
	p.healed = append(p.healed, n)
	return true, p.removal(n, l)
}

// healFurther plans to remove a half-made interface, or the dead container that
// a whole one is of.
func (p *Plan) healFurther(n name.Name, l *link) (bool, error) {
	if l.half() {
		return true, p.removal(n, l)
	}
	first, err := p.host.conn.find(n.Altname())
	if err != nil || first == nil {
		return false, err
	}
	return p.heal(first)
}

// healNetns plans to remove a namespace that has no pair, if it is dead.
func (p *Plan) healNetns(n name.Name) error {
	q := &Plan{Netns: n.Netns(), host: p.host}
	ours, err := q.made(n)
	q.inside.close()
	if err != nil {
		return err
	}
	lives := true
	if ours {
		lives, err = q.lives(deathWait)
	}
	if err != nil {
		return err
	}
	if lives {
		return already(n)
	}
	p.add(removeNetns{name: n})
	return nil
}

// lives tells whether the namespace that made has looked at has a living owner,
// or somebody inside.
func (p *Plan) lives(patience time.Duration) (bool, error) {
	if gone, err := p.owner.Gone(); err != nil || p.owner != (owner.Owner{}) && !gone {
		return true, err
	}
	return inhabited(p.Netns, patience)
}

// inhabited tells whether somebody is in the namespace that a link leads to.
func (c *conn) inhabited(n name.Name, l *link, patience time.Duration) (bool, error) {
	path, err := c.netnsOf(n, l)
	if err != nil {
		return true, err
	}
	return inhabited(path, patience)
}

// Dead plans to remove what killed processes have left, and names it: networks
// without a living owner, and names in /run/netns that hold nothing.
func Dead() (*Plan, []string, error) {
	p := &Plan{}
	removed, err := p.dead()
	if err != nil {
		p.Close()
	}
	return p, removed, err
}

func (p *Plan) dead() (removed []string, err error) {
	if p.host, err = here(); err != nil {
		return nil, err
	}
	links, err := p.host.conn.links()
	if err != nil {
		return nil, err
	}
	seen := map[name.Name]bool{}
	for _, l := range links {
		n, named := l.owner()
		done := seen[n] && slices.Contains(removed, string(n)) // by another interface of it
		seen[n] = true
		if l.kind != "veth" || named && done {
			continue
		}
		abandoned, err := l.abandoned()
		if err == nil && abandoned {
			abandoned, err = p.bury(n, l)
		}
		if err != nil {
			return nil, err
		}
		if !abandoned {
			continue
		}
		removed = append(removed, firstOf(string(n), l.Name))
	}
	strays, err := p.planStray(links)
	if err != nil {
		return nil, err
	}
	addresses, err := p.forgetStrays()
	if err != nil {
		return nil, err
	}
	strays = append(strays, addresses...)
	return p.deadNames(append(removed, strays...), seen)
}

// bury plans to remove an abandoned container with nobody inside, and tells
// whether it is one.
func (p *Plan) bury(n name.Name, l *link) (bool, error) {
	if l.further() && l.half() {
		return true, p.removal(n, l)
	}
	if lives, err := p.host.conn.inhabited(n, l, 0); err != nil || lives {
		return false, err
	}
	return true, p.removal(n, l)
}

// deadNames plans to remove the names in /run/netns that hold nothing that
// lives.
func (p *Plan) deadNames(removed []string, seen map[name.Name]bool) ([]string, error) {
	left, err := leftovers(seen)
	for _, c := range left {
		if c.State != StateDead && !(c.State == StateRotten && ownFile(c.Netns)) {
			continue
		}
		p.add(removeNetns{name: c.Name, rotten: c.State == StateRotten})
		removed = append(removed, string(c.Name))
	}
	return removed, err
}

// Empty plans to remove the bridges of ours that have no port, and names them.
func Empty() (*Plan, []string, error) {
	p := &Plan{}
	var err error
	if p.host, err = here(); err == nil {
		err = p.planEmpty()
	}
	if err != nil {
		p.Close()
		return p, nil, fmt.Errorf("bridges: %w", err)
	}
	var removed []string
	for _, s := range p.Steps {
		removed = append(removed, s.(deleteLink).link)
	}
	return p, removed, nil
}

func firstOf(words ...string) string {
	return words[slices.IndexFunc(words, func(w string) bool { return w != "" })]
}

// ownFile tells whether an empty file in /run/netns can be one that makeNetns
// has made: ip-netns(8) makes its own without any permission.
func ownFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0 && info.Mode().Perm() == netnsMode
}
