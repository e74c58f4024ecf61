package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"mini-container/lib/cli"
	"mini-container/lib/network"
	"mini-container/lib/plain"
	"mini-container/lib/step"
)

type showCmd struct {
	Where  network.Target `arg:"" name:"name" help:"Name of the container, or path of a network namespace."`
	AsArgs bool           `xor:"form" help:"Print the mc-net up that would make it again, and in comments what it would not make."`
	IP     bool           `name:"ip" xor:"form" help:"Its addresses only, one a line, as a client takes them."`
}

func (c *showCmd) Help() string {
	return `Everything is read from the kernel just then. The counters are the container's: what it received and sent. A path may be /proc/PID/ns/net, of whatever made that process: its interfaces are shown as those of a container without a name, and a container's namespace as that container.

Example:

    mc-net show host-1
    mc-net show host-1 --json
    mc-net show host-1 --as-args
    mc-net show /proc/4711/ns/net --as-args
    curl http://$(mc-net show host-1 --ip):8080/`
}

// Run shows it.
func (c *showCmd) Run(env *cli.Env) error {
	found, err := network.Show(c.Where)
	if err != nil {
		return err
	}
	if c.AsArgs {
		return c.asArgs(env, found)
	}
	if c.IP {
		all := found.Addresses
		for _, f := range found.Further {
			all = append(all, f.Addresses...)
		}
		return env.Print(bare(all), all)
	}
	return env.Print(words(found), found)
}

// asArgs prints shell commands under comments. As JSON there are the commands,
// and what they do not make goes to stderr.
func (c *showCmd) asArgs(env *cli.Env, found *network.Container) error {
	again, err := found.Again()
	if err != nil {
		return err
	}
	text := plain.Unsaid(again.Unsaid)
	for _, args := range again.Commands {
		text += step.Say(args...) + "\n"
	}
	if env.JSON() {
		for _, what := range again.Unsaid {
			env.Note(c.Where.String() + ": not said: " + what)
		}
	}
	return env.Print(text, again.Commands)
}

func words(c *network.Container) string {
	var out strings.Builder
	line := func(what, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%-10s %s\n", what, value)
		}
	}
	line("name", string(c.Name))
	line("state", string(c.State))
	line("netns", c.Netns)
	if c.Host {
		line("host", "yes, this is the host's own network")
	}
	line("bridge", c.Bridge)
	line("link", c.Link)
	line("interface", c.Interface)
	if c.Name == "" { // a container's is a veth
		line("kind", c.Kind)
	}
	line("address", addresses(c.Addresses))
	line("mac", c.MAC)
	if c.MTU > 0 {
		line("mtu", fmt.Sprint(c.MTU))
	}
	line("gateway", strings.Join(slices.DeleteFunc([]string{c.Gateway, c.Gateway6}, func(g string) bool { return g == "" }), ","))
	for _, r := range c.Routes {
		line("route", r.String())
	}
	if c.VLAN > 0 {
		line("vlan", fmt.Sprint(c.VLAN))
	}
	if c.Rate > 0 {
		line("rate", c.Rate.String())
	}
	if c.NAT {
		line("nat", "yes")
	}
	line("published", strings.Join(ports(c.Published), ","))
	if c.Isolated {
		line("isolated", "yes")
	}
	if c.Antispoof {
		line("antispoof", "yes")
	}
	if c.Owner > 0 {
		line("owner", fmt.Sprint(c.Owner))
	}
	if n := c.Counters; n != nil {
		line("received", fmt.Sprintf("%d bytes, %d packets, %d dropped", n.RxBytes, n.RxPackets, n.RxDropped))
		line("sent", fmt.Sprintf("%d bytes, %d packets, %d dropped", n.TxBytes, n.TxPackets, n.TxDropped))
	}
	for _, f := range c.Further {
		out.WriteString("\n" + words(f))
	}
	return out.String()
}

func ports(all []network.Publish) []string {
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = p.String()
	}
	return words
}

// bare are addresses without the prefixes of their subnets.
func bare(all []netip.Prefix) string {
	var out strings.Builder
	for _, a := range all {
		fmt.Fprintln(&out, a.Addr())
	}
	return out.String()
}

func addresses(all []netip.Prefix) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}
