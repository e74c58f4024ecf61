package main

import (
	"net/netip"
	"strings"
	"testing"

	"mini-container/lib/network"
)

// TestDraw draws branches of any depth, and words of any kind.
func TestDraw(t *testing.T) {
	tree := branch{name: "a", words: []string{"a", "1"}, twigs: []branch{
		{name: "b", words: []string{"b"}, twigs: []branch{{name: "c", words: []string{"c"}}, {name: "d", words: []string{"d"}}}},
		{name: "e", words: []string{"e"}, twigs: []branch{{name: "f", words: []string{"f"}}}},
	}}
	var out strings.Builder
	tree.draw(&out, "", "")
	const want = "a  1\n├─ b\n│  ├─ c\n│  └─ d\n└─ e\n   └─ f\n"
	if out.String() != want {
		t.Errorf("%s, not %s", out.String(), want)
	}
}

// TestQuoted: whatever a link is named, dot(1) reads one string.
func TestQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"eth0": `"eth0"`, `a"b`: `"a\"b"`, `a\b`: `"a\\b"`, "a\nb": `"a\nb"`, `\"`: `"\\\""`, "": `""`, "é": `"é"`,
	} {
		if got := quoted(text); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}

// TestBranches: of each thing what matters, and nothing that is empty.
func TestBranches(t *testing.T) {
	address := netip.MustParsePrefix("192.168.1.2/24")
	host := &network.Container{Name: "host-1", State: network.StateUp, Addresses: []netip.Prefix{address}, NAT: true, Published: []network.Publish{{HostPort: 8080, Port: 80}}}
	m := &network.Map{
		Bridges: []network.MapBridge{{
			MapLink: network.MapLink{Link: "mc0", Kind: "bridge", Up: true}, Ours: true,
			Ports: []network.MapPort{
				{MapLink: network.MapLink{Link: "mc-host-1", Kind: "veth", Up: true}, Container: host},
				{MapLink: network.MapLink{Link: "v0", Kind: "veth"}, Netns: "/run/netns/x"},
			},
		}, {MapLink: network.MapLink{Link: "br9", Kind: "bridge"}}},
		Links: []network.MapLink{{Link: "up0", Kind: "device", Up: true, Addresses: []netip.Prefix{address}}},
		Loose: []*network.Container{{Name: "lost", State: network.StateRotten, Netns: "/run/netns/lost"}},
	}
	var out strings.Builder
	for _, b := range branches(m) {
		b.draw(&out, "", "")
	}
	want := []string{
		"mc0  bridge",
		"├─ host-1  192.168.1.2/24  mc-host-1  nat  8080:80",
		"└─ v0  veth  down  not of ours  /run/netns/x",
		"br9  bridge  down  not of ours",
		"up0  device  192.168.1.2/24",
		"lost  rotten  /run/netns/lost",
	}
	if got := strings.TrimSuffix(out.String(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s\nnot\n%s", got, strings.Join(want, "\n"))
	}
	dot := graph(branches(m))
	for _, line := range []string{
		"graph network {\n", "\t\"mc0\" -- \"mc-host-1\"\n", "\t\"mc-host-1\" [label=\"host-1\\n192.168.1.2/24\\nmc-host-1\\nnat\\n8080:80\"]\n",
		"\t\"up0\" [label=\"up0\\ndevice\\n192.168.1.2/24\"]\n", "}\n",
	} {
		if strings.Count(dot, line) != 1 {
			t.Errorf("%q is not once in\n%s", line, dot)
		}
	}
}
