// Package nft writes whole tables of nftables(8). A rule stands in its plan
// twice, as nft(8) says it and as the kernel takes it, and a test sees that both
// mean the same. What the rules are for is the business of others.
package nft

import (
	"fmt"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// Family is what a table looks at, by its name in nftables(8).
type Family string

// Families that we use.
const (
	Netdev Family = "netdev" // what one link receives, before all else
	Inet   Family = "inet"   // IPv4 and IPv6
)

func (f Family) number() nftables.TableFamily {
	if f == Netdev {
		return nftables.TableFamilyNetdev
	}
	return nftables.TableFamilyINet
}

// Table is one table, with all that is in it.
type Table struct {
	Family Family
	Name   string
	Sets   []*Set
	Chains []Chain
}

// Chain is a list of rules.
type Chain struct {
	Name  string
	Base  *Base // nil for one that only other chains lead to
	Rules []Rule
}

// Base is where packets come into a chain.
type Base struct {
	Type     string // filter or nat
	Hook     string
	Device   string // of the family netdev
	Priority int
	Drop     bool // what no rule has taken
}

// Rule is one rule.
type Rule struct {
	Says string // as nft(8) has it
	Does []expr.Any
}

func (t *Table) head() *nftables.Table {
	return &nftables.Table{Name: t.Name, Family: t.Family.number()}
}

// add queues the messages for all that is in the table. Every chain is there
// before a rule can lead to it.
func (t *Table) add(socket *nftables.Conn, head *nftables.Table) error {
	for _, s := range t.Sets {
		if err := socket.AddSet(s.message(head), nil); err != nil {
			return err
		}
	}
	var made []*nftables.Chain
	for _, c := range t.Chains {
		made = append(made, socket.AddChain(c.message(head)))
	}
	for i, c := range t.Chains {
		for _, r := range c.Rules {
			socket.AddRule(&nftables.Rule{Table: head, Chain: made[i], Exprs: r.Does})
		}
	}
	return nil
}

// hooks are those that we use.
var hooks = map[string]*nftables.ChainHook{
	"ingress":     nftables.ChainHookIngress,
	"prerouting":  nftables.ChainHookPrerouting,
	"forward":     nftables.ChainHookForward,
	"output":      nftables.ChainHookOutput,
	"postrouting": nftables.ChainHookPostrouting,
}

func (c Chain) message(head *nftables.Table) *nftables.Chain {
	m := &nftables.Chain{Name: c.Name, Table: head}
	if b := c.Base; b != nil {
		policy := nftables.ChainPolicyAccept
		if b.Drop {
			policy = nftables.ChainPolicyDrop
		}
		m.Type, m.Hooknum, m.Device = nftables.ChainType(b.Type), hooks[b.Hook], b.Device
		m.Priority, m.Policy = nftables.ChainPriorityRef(nftables.ChainPriority(b.Priority)), &policy
	}
	return m
}

// String is the table as nft(8) reads it.
func (t *Table) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "table %s %s {\n", t.Family, t.Name)
	for _, s := range t.Sets {
		fmt.Fprintf(&out, "\t%s\n", s)
	}
	for _, c := range t.Chains {
		fmt.Fprintf(&out, "\tchain %s {\n", c.Name)
		if c.Base != nil {
			fmt.Fprintf(&out, "\t\t%s\n", c.Base)
		}
		for _, r := range c.Rules {
			fmt.Fprintf(&out, "\t\t%s\n", r.Says)
		}
		out.WriteString("\t}\n")
	}
	out.WriteString("}")
	return out.String()
}

// String is the line of the chain.
func (b *Base) String() string {
	device, policy := "", "accept"
	if b.Device != "" {
		device = fmt.Sprintf(" device %q", b.Device)
	}
	if b.Drop {
		policy = "drop"
	}
	return fmt.Sprintf("type %s hook %s%s priority %d; policy %s;", b.Type, b.Hook, device, b.Priority, policy)
}
