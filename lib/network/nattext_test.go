package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/nft"
)

// wholeTable is the table of the ways out and in, as nft(8) reads it.
const wholeTable = `table inet mini-container {
	set out { type ifname . ipv4_addr; }
	set home { type ifname . ifname . ipv4_addr; }
	map port { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; }
	map anyport { type inet_proto . inet_service : ipv4_addr . inet_service; }
	set out6 { type ifname . ipv6_addr; }
	set home6 { type ifname . ifname . ipv6_addr; }
	map port6 { type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service; }
	map anyport6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
	chain loopback {
		type filter hook prerouting priority -300; policy accept;
		iifgroup 28003 ip daddr 127.0.0.0/8 drop
		iifgroup 28003 ip saddr 127.0.0.0/8 drop
	}
	chain arriving {
		type nat hook prerouting priority -100; policy accept;
		fib daddr type local goto published
	}
	chain starting {
		type nat hook output priority -100; policy accept;
		fib daddr type local goto published
	}
	chain published {
		ip6 daddr ::1 accept
		dnat ip to meta l4proto . ip daddr . th dport map @port
		meta nfproto ipv4 dnat ip to meta l4proto . th dport map @anyport
		dnat ip6 to meta l4proto . ip6 daddr . th dport map @port6
		meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @anyport6
	}
	chain passing {
		type filter hook forward priority 0; policy accept;
		ct status dnat accept
		iifname . oifname . ip daddr @home accept
		ct state new oifname . ip daddr @out drop
		iifname . oifname . ip6 daddr @home6 accept
		ct state new oifname . ip6 daddr @out6 drop
	}
	chain leaving {
		type nat hook postrouting priority 100; policy accept;
		iifname . ip saddr @out masquerade
		ct status dnat iifname . oifname . ip daddr @home masquerade
		ct status dnat oifname . oifname . ip saddr @home oifname . oifname . ip daddr @home masquerade
		ct status dnat ip saddr 127.0.0.0/8 oifname . oifname . ip daddr @home masquerade
		iifname . ip6 saddr @out6 masquerade
		ct status dnat iifname . oifname . ip6 daddr @home6 masquerade
		ct status dnat oifname . oifname . ip6 saddr @home6 oifname . oifname . ip6 daddr @home6 masquerade
	}
}`

// The rules read as they are meant, and are the same for whoever comes.
func TestTableText(t *testing.T) {
	if got := wholeNat(natFamilies()).String(); got != wholeTable {
		t.Errorf("got\n%s", got)
	}
}

// said are the elements as nft(8) reads them, by the name of their set.
func said(all []nft.Element) []string {
	var words []string
	for _, e := range all {
		words = append(words, e.Set.Name+" "+e.String())
	}
	slices.Sort(words)
	return words
}

// A container has the elements of what it asks for, and no others.
func TestElementsOfAContainer(t *testing.T) {
	n := &nat{families: natFamilies()}
	for _, c := range []struct {
		name      string
		addresses string
		nat       bool
		ports     string
		want      []string
	}{
		{"nothing", "192.168.1.2/24", false, "", nil},
		{"out", "192.168.1.2/24", true, "", []string{`home "mc0" . "mc0" . 192.168.1.2`, `out "mc0" . 192.168.1.2`}},
		{"in", "192.168.1.2/24", false, "80:8080", []string{"anyport tcp . 80 : 192.168.1.2 . 8080", `home "mc0" . "mc0" . 192.168.1.2`}},
		{"in by UDP to one", "192.168.1.2/24", false, "10.0.0.1:53:53/udp", []string{`home "mc0" . "mc0" . 192.168.1.2`, "port udp . 10.0.0.1 . 53 : 192.168.1.2 . 53"}},
		{"IPv6 alone", "fd00::2/64", true, "80:80", []string{"anyport6 tcp . 80 : fd00::2 . 80", `home6 "mc0" . "mc0" . fd00::2`, `out6 "mc0" . fd00::2`}},
		{"one of IPv6 beside IPv4", "192.168.1.2/24 fd00::2/64", false, "[fd00::1]:80:81", []string{`home "mc0" . "mc0" . 192.168.1.2`, `home6 "mc0" . "mc0" . fd00::2`, "port6 tcp . fd00::1 . 80 : fd00::2 . 81"}},
		{"a port leads to the first address", "192.168.1.2/24 192.168.1.3/24", true, "80:80", []string{
			"anyport tcp . 80 : 192.168.1.2 . 80", `home "mc0" . "mc0" . 192.168.1.2`, `home "mc0" . "mc0" . 192.168.1.3`, `out "mc0" . 192.168.1.2`, `out "mc0" . 192.168.1.3`,
		}},
	} {
		s := published(t, "host-1", "192.168.1.2/24", strings.Fields(c.ports)...)
		s.NAT, s.Addresses = c.nat, nil
		for _, a := range strings.Fields(c.addresses) {
			s.Addresses = append(s.Addresses, address(t, a))
		}
		elements := n.elementsOf(s)
		if got := said(elements); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		for _, e := range elements {
			if a := n.address(e); !slices.ContainsFunc(s.Addresses, func(o Address) bool { return o.Addr() == a }) {
				t.Errorf("%s: %s is said to be of %s", c.name, e, a)
			}
			if p, is := n.port(e); is && !slices.Contains(s.Publish, p) {
				t.Errorf("%s: %s is said to be the port %s", c.name, e, p)
			}
		}
	}
}

// What a kernel lacks is told with what could mend it.
func TestKernelWithoutNAT(t *testing.T) {
	err := whyNat(fmt.Errorf("x: %w", unix.ENOENT))
	if !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "modprobe -a nft_chain_nat nft_masq nft_fib_inet") {
		t.Error(err)
	}
	if whyNat(unix.EPERM) != unix.EPERM || whyNat(nil) != nil {
		t.Error("another error is changed")
	}
}

// A setting is written only if it is another, undone as it was, and a file that
// this kernel has not is none.
func TestSettings(t *testing.T) {
	forwarding(t, "0")
	p := &Plan{}
	for _, c := range []struct {
		path, value string
		changes     bool
	}{{"ipv4/ip_forward", "1", true}, {"ipv4/ip_forward", "0", false}, {"ipv4/conf/no-such-link/forwarding", "1", false}} {
		changed, err := p.planSetting(c.path, c.value, "it is so")
		if err != nil || changed != c.changes {
			t.Errorf("%s=%s: %t, %v", c.path, c.value, changed, err)
		}
	}
	if len(p.Steps) != 1 || fmt.Sprint(p.Notes) != "[it is so (net.ipv4.ip_forward=1)]" || p.Steps[0].Say() != "echo 1 >/proc/sys/net/ipv4/ip_forward" {
		t.Fatalf("%v, %v", p.Steps, p.Notes)
	}
	for _, want := range []string{"1", "0"} {
		act := p.Steps[0].Do
		if want == "0" {
			act = p.Steps[0].Undo
		}
		if err := act(); err != nil {
			t.Error(err)
		}
		if is, err := sysctl("ipv4/ip_forward"); is != want || err != nil {
			t.Errorf("it is %s, %v, and not %s", is, err, want)
		}
	}
}

// Of two that share a bridge the last one to go closes the way from 127.0.0.1
// to it, and a bridge that is there already gets one.
func TestLoopbackOfABridge(t *testing.T) {
	ip(t, "link", "set", "lo", "up")
	upFor(t, spec(t, "plain", "192.168.1.9/24"))
	on := func(want string) {
		t.Helper()
		if is, err := sysctl("ipv4/conf/mc0/route_localnet"); is != want || err != nil {
			t.Errorf("route_localnet is %s, %v, and not %s", is, err, want)
		}
	}
	on("0")
	for _, s := range []Spec{published(t, "one", "192.168.1.2/24", "8001:80"), published(t, "two", "192.168.1.3/24", "127.0.0.1:8002:80")} {
		if err := up(s); err != nil {
			t.Fatal(err)
		}
		on("1")
	}
	if err := down("one"); err != nil {
		t.Fatal(err)
	}
	on("1")
	if err := down("two"); err != nil {
		t.Fatal(err)
	}
	on("0")
	if left := ruleset(t); strings.Contains(left, `"inet"`) {
		t.Errorf("left is %s", left)
	}
}

// A port of another address than 127.0.0.1 needs no way from there.
func TestNoLoopbackWithoutNeed(t *testing.T) {
	upFor(t, spec(t, "plain", "192.168.1.9/24"))
	upFor(t, published(t, "one", "192.168.1.2/24", "192.168.1.1:8001:80"))
	if is, err := sysctl("ipv4/conf/mc0/route_localnet"); is != "0" || err != nil {
		t.Errorf("route_localnet is %s, %v", is, err)
	}
}

// A container without ways out or in does not read the table of those that have
// some; who has an address that is marked there does, and so does who publishes.
func TestWhoReadsTheTable(t *testing.T) {
	ip(t, "link", "set", "lo", "up")
	upFor(t, published(t, "one", "192.168.1.2/24", "8001:80"))
	ip(t, "link", "set", "mc-one", "down") // it is there all the same
	out := spec(t, "x", "192.168.1.3/24")
	out.NAT = true
	for _, c := range []struct {
		name  string
		s     Spec
		reads bool
	}{
		{"plain", spec(t, "x", "192.168.1.3/24"), false},
		{"out", out, false},
		{"in", published(t, "x", "192.168.1.3/24", "8002:80"), true},
	} {
		plan, err := Up(c.s)
		if err != nil {
			t.Fatal(err)
		}
		if plan.nat == nil || plan.nat.read != c.reads {
			t.Errorf("%s: reads: %t", c.name, !c.reads)
		}
		plan.Close()
	}
	plan, err := Down(Removal{Name: "one"})
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	if !plan.nat.read || !strings.Contains(explained(t, plan.Steps), "nft delete table inet mini-container") {
		t.Errorf("the last one leaves the table:\n%s", explained(t, plan.Steps))
	}
}
