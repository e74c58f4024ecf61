package main

import (
	"encoding/json"

	"mini-container/lib/cli"
	"mini-container/lib/name"
	"mini-container/lib/network"
	"mini-container/lib/owner"
)

type upCmd struct {
	Name name.Name `arg:"" help:"Name of the container."`

	IP      []network.Address `name:"ip" required:"" sep:"none" placeholder:"ADDRESS/PREFIX|auto|auto6" help:"Address of the container, as 192.168.1.2/24 or fd00::2/64, or the lowest that is free; can be said more than once."`
	Subnet  []network.Subnet  `sep:"none" env:"MC_SUBNET" placeholder:"ADDRESS/PREFIX" help:"Where auto looks for an address: the bridge's subnet unless given, or one that is free."`
	Gateway []network.Gateway `sep:"none" placeholder:"ADDRESS|none" help:"Where the default route goes: the bridge's address, or the first of the subnet, unless given. With none there is no default route, and the bridge gets no address."`
	Bridge  network.Interface `default:"mc0" env:"MC_BRIDGE" placeholder:"LINK" help:"Bridge of the host; it is made if there is none (mc0)."`
	MTU     network.MTU       `name:"mtu" placeholder:"BYTES" help:"Largest packet of the pair."`
	MAC     network.MAC       `name:"mac" placeholder:"ADDRESS" help:"Hardware address of the container's end."`
	Ifname  network.Interface `placeholder:"LINK" help:"Name of the container's end (eth0). A container that is there gets one more interface by a name that it has not."`
	Rate    network.Rate      `placeholder:"BITS" help:"Most bits per second each way, as 10mbit."`
	VLAN    network.VLAN      `name:"vlan" placeholder:"NUMBER" help:"Put it into a virtual LAN of the bridge: who has another number is not reached, nor is the host."`
	NAT     bool              `name:"nat" help:"Let it out to other networks, under this host's addresses."`
	Publish []network.Publish `short:"p" sep:"none" placeholder:"[HOSTIP:]PORT:PORT[/udp]" help:"Lead a port of this host, also of 127.0.0.1, to one of the container; can be said more than once."`
	Isolate bool              `help:"Keep it from all others of the bridge that are isolated too; the host still reaches it."`
	Loose   bool              `name:"no-antispoof" help:"Let it send under any address, as a router or a DHCP server has to."`
	Netns   string            `xor:"netns" placeholder:"NAME|PATH" help:"Use this network namespace, which stays when the container goes."`
	Owner   owner.Owner       `placeholder:"PID" help:"The network belongs to this process: when it has ended and nobody is inside, gc or the next up of the name removes it."`
	PID     cli.PID           `name:"pid" xor:"netns" placeholder:"PID" help:"Use the network namespace of this process."`
}

func (c *upCmd) Help() string {
	return `The container's end of the pair is in the namespace whose file is printed: /run/netns/NAME, or the one that was given. An address that another container, this host, or a stranger on the bridge has is refused, and so is a subnet that this host reaches by another way.

What it sends is dropped if it has another hardware address or another address than it was given, or says to be a router or a DHCP server, unless --no-antispoof.

Example:

    mc-net up host-1 --ip 192.168.1.2/24
    ip netns exec host-1 ping -c 1 192.168.1.1
    mc-net up web --ip auto --nat --publish 8080:80
    mc-net up host-1 --ifname eth1 --bridge lan2 --ip auto`
}

// Run makes the network, and prints its handle.
func (c *upCmd) Run(env *cli.Env) error {
	plan, err := c.make(env)
	if err != nil {
		return err
	}
	remove := &downCmd{Name: c.Name, Wait: true}
	if plan.Further() {
		remove.Ifname = c.Ifname
	}
	return env.Handle(plan.Netns+"\n", found{c.Name}, func() error { return remove.Run(env) })
}

func (c *upCmd) make(env *cli.Env) (*network.Plan, error) {
	spec, err := c.spec()
	if err != nil {
		return nil, err
	}
	unlock, err := lock(env)
	if err != nil {
		return nil, err
	}
	defer unlock()
	plan, err := network.Up(spec)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	if err := env.Run(plan.Steps); err != nil {
		return nil, err
	}
	for _, note := range plan.Notes {
		env.Note(string(c.Name) + ": " + note)
	}
	return plan, nil
}

func (c *upCmd) spec() (network.Spec, error) {
	s := network.Spec{
		Name: c.Name, Addresses: c.IP, Subnets: c.Subnet, Gateways: c.Gateway, Bridge: c.Bridge,
		MTU: c.MTU, MAC: c.MAC, Owner: c.Owner, Netns: network.NetnsPath(c.Netns),
		Ifname: c.Ifname, Rate: c.Rate, VLAN: c.VLAN, Isolated: c.Isolate, NAT: c.NAT, Publish: c.Publish, Unguarded: c.Loose,
	}
	if c.PID == 0 {
		return s, nil
	}
	var err error
	s.Netns, err = network.ProcessNetns(int(c.PID))
	return s, err
}

// lock keeps other runs out, unless nothing is going to be changed.
func lock(env *cli.Env) (unlock func(), err error) {
	if env.Explains() {
		return func() {}, nil
	}
	return network.Lock()
}

// found is a container that is looked up only when somebody wants the whole
// of it: most callers want the handle.
type found struct{ name name.Name }

// MarshalJSON looks it up.
func (f found) MarshalJSON() ([]byte, error) {
	c, err := network.Find(f.name)
	if err != nil {
		return nil, err
	}
	return json.Marshal(c)
}
