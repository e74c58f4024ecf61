package main

import (
	"fmt"
	"net/netip"
	"strings"

	"mini-container/lib/cli"
	"mini-container/lib/network"
)

type mapCmd struct {
	Dot bool `help:"Print it for Graphviz, dot(1)."`
}

// Help is the example under the verb's usage.
func (mapCmd) Help() string {
	return `Draws this host's bridges with what is plugged into them: containers, and ports that others made, with the namespace that they lead to.

Example:

    mc-net map
    mc-net map --dot | dot -Tsvg >map.svg`
}

// Run draws it.
func (c *mapCmd) Run(env *cli.Env) error {
	m, err := network.Look()
	if err != nil {
		return err
	}
	all := branches(m)
	if c.Dot {
		return env.Print(graph(all), m)
	}
	var out strings.Builder
	for _, b := range all {
		b.draw(&out, "", "")
	}
	return env.Print(out.String(), m)
}

// branch is one line of the tree, with what hangs on it.
type branch struct {
	name  string // by which it is told from others
	words []string
	twigs []branch
}

// draw writes the branch behind the lines that lead to it; under is what leads
// to its twigs.
func (b branch) draw(out *strings.Builder, lead, under string) {
	fmt.Fprintln(out, lead+strings.Join(b.words, "  "))
	for i, t := range b.twigs {
		if i < len(b.twigs)-1 {
			t.draw(out, under+"├─ ", under+"│  ")
		} else {
			t.draw(out, under+"└─ ", under+"   ")
		}
	}
}

func branches(m *network.Map) []branch {
	var all []branch
	for _, b := range m.Bridges {
		bridge := branch{name: b.Link, words: described(b.MapLink, "bridge", b.Addresses)}
		if !b.Ours {
			bridge.words = append(bridge.words, "not of ours")
		}
		for _, p := range b.Ports {
			bridge.twigs = append(bridge.twigs, port(p))
		}
		all = append(all, bridge)
	}
	for _, l := range m.Links {
		all = append(all, branch{name: l.Link, words: described(l, l.Kind, l.Addresses)})
	}
	for _, c := range m.Loose {
		words := []string{string(c.Name), string(c.State)}
		all = append(all, branch{name: string(c.Name), words: append(words, filled(addresses(c.Addresses), c.Netns)...)})
	}
	return all
}

func port(p network.MapPort) branch {
	c := p.Container
	if c == nil {
		words := append(described(p.MapLink, p.Kind, p.Addresses), "not of ours")
		return branch{name: p.Link, words: append(words, filled(p.Netns)...)}
	}
	words := append([]string{string(c.Name)}, filled(addresses(c.Addresses))...)
	words = append(words, p.Link)
	if c.State != network.StateUp {
		words = append(words, string(c.State))
	}
	if c.NAT {
		words = append(words, "nat")
	}
	words = append(words, ports(c.Published)...)
	return branch{name: p.Link, words: words}
}

func described(l network.MapLink, kind string, has []netip.Prefix) []string {
	words := append([]string{l.Link, kind}, filled(addresses(has))...)
	if !l.Up {
		words = append(words, "down")
	}
	return words
}

// filled are the words that say something.
func filled(words ...string) (some []string) {
	for _, w := range words {
		if w != "" {
			some = append(some, w)
		}
	}
	return some
}

// graph is the same for dot(1).
func graph(all []branch) string {
	var out strings.Builder
	out.WriteString("graph network {\n\tnode [shape=box]\n")
	for _, b := range all {
		b.nodes(&out)
	}
	out.WriteString("}\n")
	return out.String()
}

func (b branch) nodes(out *strings.Builder) {
	fmt.Fprintf(out, "\t%s [label=%s]\n", quoted(b.name), quoted(strings.Join(b.words, "\n")))
	for _, t := range b.twigs {
		t.nodes(out)
		fmt.Fprintf(out, "\t%s -- %s\n", quoted(b.name), quoted(t.name))
	}
}

// quoted is a string of the language DOT: only the quote is special, and a
// backslash before it or before an n.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
