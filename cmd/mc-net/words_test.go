package main

import (
	"net/netip"
	"strings"
	"testing"

	"mini-container/lib/network"
)

func prefixes(all ...string) (list []netip.Prefix) {
	for _, s := range all {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// TestWords: a line for each thing that is known, and none for what is not.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		of   network.Container
		want string
	}{
		{network.Container{Name: "a", State: network.StateRotten, Netns: "/run/netns/a"}, `
name       a
state      rotten
netns      /run/netns/a
`},
		{network.Container{
			Name: "b", State: network.StateUp, Netns: "/run/netns/b", Bridge: "mc0", Link: "mc-b", Interface: "eth0",
			Addresses: prefixes("192.168.1.2/24", "fd00::2/64"), MAC: "02:00:00:00:00:02", MTU: 1500, Gateway: "192.168.1.1", Gateway6: "fd00::1",
			Routes: []network.Route{{Destination: prefixes("192.168.1.0/24")[0], Interface: "eth0"}, {Destination: prefixes("::/0")[0], Gateway: "fd00::1", Interface: "eth0"}}, VLAN: 7, Rate: 10e6,
			Owner: 77, NAT: true, Published: []network.Publish{{HostPort: 8080, Port: 80}, {HostPort: 53, Port: 53, UDP: true}}, Isolated: true, Antispoof: true,
			Counters: &network.Counters{RxBytes: 1, RxPackets: 2, RxDropped: 3, TxBytes: 4, TxPackets: 5, TxDropped: 6},
		}, `
name       b
state      up
netns      /run/netns/b
bridge     mc0
link       mc-b
interface  eth0
address    192.168.1.2/24,fd00::2/64
mac        02:00:00:00:00:02
mtu        1500
gateway    192.168.1.1,fd00::1
route      192.168.1.0/24 dev eth0
route      default via fd00::1 dev eth0
vlan       7
rate       10mbit
nat        yes
published  8080:80,53:53/udp
isolated   yes
antispoof  yes
owner      77
received   1 bytes, 2 packets, 3 dropped
sent       4 bytes, 5 packets, 6 dropped
`},
		{network.Container{
			Name: "c", State: network.StateUp, Gateway6: "fd00::1",
			Further: []*network.Container{{Name: "c", State: network.StateDown, Link: "mc.x", Interface: "eth1"}},
		}, `
name       c
state      up
gateway    fd00::1

name       c
state      down
link       mc.x
interface  eth1
`},
	} {
		if got := "\n" + words(&c.of); got != c.want {
			t.Errorf("%s\nnot%s", got, c.want)
		}
	}
}

// TestTable: columns for awk, where what is not there is a dash, and of names
// each once.
func TestTable(t *testing.T) {
	all := []*network.Container{
		{Name: "a", State: network.StateUp, Addresses: prefixes("192.168.1.2/24", "fd00::2/64"), Bridge: "mc0", Link: "mc-a", Netns: "/run/netns/a"},
		{Name: "a", State: network.StateDown, Addresses: prefixes("10.0.0.2/8"), Bridge: "lan2", Link: "mc.1", Netns: "/run/netns/a"},
		{Name: "gone", State: network.StateRotten, Netns: "/run/netns/gone"},
	}
	lines := strings.Split(strings.TrimSuffix(table(all), "\n"), "\n")
	want := []string{
		"NAME ADDRESS BRIDGE LINK NETNS STATE",
		"a 192.168.1.2/24,fd00::2/64 mc0 mc-a /run/netns/a up",
		"a 10.0.0.2/8 lan2 mc.1 /run/netns/a down",
		"gone - - - /run/netns/gone rotten",
	}
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i, line := range lines {
		if got := strings.Join(strings.Fields(line), " "); got != want[i] {
			t.Errorf("%q, not %q", got, want[i])
		}
	}
	if got := names(all); got != "a\ngone\n" {
		t.Errorf("%q", got)
	}
	if table(nil) != "" || names(nil) != "" {
		t.Error("nothing is not nothing")
	}
	if got := bare(prefixes("192.168.1.2/24", "fd00::2/64")); got != "192.168.1.2\nfd00::2\n" {
		t.Errorf("%q", got)
	}
}
