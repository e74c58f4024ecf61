// Package network makes, shows and removes the link between this host and one
// network namespace: a bridge, a veth pair, an address and a route. The kernel
// is asked for everything and remembers everything; configuration inside a
// namespace goes through an rtnetlink(7) socket that was opened there, so that
// no thread of this process ever works in another namespace.
package network

import (
	"net/netip"

	"mini-container/lib/name"
	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// Spec is what a container's network is to be.
type Spec struct {
	Name      name.Name
	Addresses []Address
	Subnets   []Subnet  // where wishes for an address are met, at most one of each family
	Gateways  []Gateway // at most one of each family, or none
	Bridge    Interface
	MTU       MTU
	MAC       MAC    // nil leaves it to the kernel
	Netns     string // file of a namespace that somebody else made; empty makes one
	Owner     owner.Owner
	Ifname    Interface // the container's end; with another than it has, it is a further one
	Rate      Rate      // most bits per second, each way
	VLAN      VLAN      // the virtual LAN of the bridge that it is in
	Unguarded bool      // it may send under any address
	Isolated  bool      // it reaches no other isolated one of its bridge
	NAT       bool      // it goes out by this host's addresses
	Publish   []Publish // ports of this host that lead to it
}

// Plan is what will be done, after all checks. Nothing is changed yet.
type Plan struct {
	Steps step.List
	Netns string   // the file of the namespace
	Notes []string // what the steps change beyond the container

	host, inside *place
	owner        owner.Owner  // of the namespace that inside is, if it is ours
	healed       []name.Name  // the dead whose removal is planned
	nat          *nat         // what the host has of it, when somebody has looked
	stray        []netip.Addr // nobody has them, but a port leads there
	further      bool         // the container is there, and gets one more interface
}

// Close releases the sockets that the steps work with.
func (p *Plan) Close() {
	p.host.close()
	p.inside.close()
}

func (p *Plan) add(steps ...step.Step) { p.Steps = append(p.Steps, steps...) }
