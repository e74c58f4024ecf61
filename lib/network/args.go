package network

import "fmt"

// Args are the command lines that make the container's network again, one for
// each interface.
func (c *Container) Args() [][]string {
	args := []string{"mc-net", "up", string(c.Name)}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	for _, a := range c.Addresses {
		add("--ip", a.String())
	}
	add("--bridge", c.Bridge)
	if c.Interface != "eth0" {
		add("--ifname", c.Interface)
	}
	add("--mac", c.MAC)
	if c.MTU != usualMTU && c.MTU > 0 {
		add("--mtu", fmt.Sprint(c.MTU))
	}
	add("--gateway", c.Gateway)
	add("--gateway", c.Gateway6)
	if c.Gateway == "" && c.Gateway6 == "" {
		add("--gateway", "none")
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
	all := [][]string{args}
	for _, f := range c.Further {
		all = append(all, f.Args()...)
	}
	return all
}

// usualMTU is what a pair has unless it is told otherwise, in bytes.
const usualMTU = 1500
