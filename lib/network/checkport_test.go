package network

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCheckOfAPort names the state of one that does not forward, and what mends
// it does mend it.
func TestCheckOfAPort(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	steady(t)
	for n, state := range portStates[:portForwards+1] { // the kernel itself ends the state blocking
		run(t, "bridge", "link", "set", "dev", "mc-host-1", "state", fmt.Sprint(n))
		lines := checked(t, "host-1")
		if n == portForwards {
			saysNot(t, lines, "bad")
			continue
		}
		says(t, lines, "bad bridge: the port mc-host-1 of mc0 is "+state+", not forwarding: 'bridge link set dev mc-host-1 state 3'")
		saysNot(t, lines, "ok gateway") // what needs it is left out
	}
	run(t, "bridge", "link", "set", "dev", "mc-host-1", "state", "3")
}

// steady waits until the kernel has told itself that the links are up: until then
// it sets the state of a port once more.
func steady(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if strings.Count(ip(t, "-br", "link"), " UP ") >= 2 {
			return
		}
		if time.Now().After(end) {
			t.Fatal(ip(t, "-br", "link"))
		}
	}
}

// TestTheHintMends: what check says between quotes is a command that makes it
// well, for each thing that it can say so of.
func TestTheHintMends(t *testing.T) {
	for _, breaks := range []string{
		"ip -n host-1 link set lo down",
		"ip link set mc-host-1 down",
		"ip link set mc0 down",
		"bridge link set dev mc-host-1 state 0",
		"ip link set mc-host-1 mtu 1400",
		"ip link set mc0 arp off",
		"ip -n host-1 link set eth0 arp off",
		"ip -n host-1 route delete default",
		"ip address delete 192.168.1.1/24 dev mc0",
	} {
		t.Run(breaks, func(t *testing.T) {
			upFor(t, spec(t, "host-1", "192.168.1.2/24"))
			steady(t)
			saysNot(t, checked(t, "host-1"), "bad")
			run(t, "sh", "-ec", breaks)
			hints := 0
			for tries := 0; tries < 3; tries++ {
				for _, line := range checked(t, "host-1") {
					_, rest, has := strings.Cut(line, ": '")
					hint, _, closed := strings.Cut(rest, "'")
					if strings.HasPrefix(line, "bad") && has && closed {
						run(t, "sh", "-ec", hint)
						hints++
					}
				}
			}
			if hints == 0 {
				t.Error("there was no hint")
			}
			saysNot(t, checked(t, "host-1"), "bad")
		})
	}
}

// TestForwards: a host that does not forward says how to, of each family; what
// drops is named only where a packet was lost.
func TestForwards(t *testing.T) {
	s := spec(t, "host-1", "192.168.1.2/24")
	upFor(t, s)
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	b, err := host.conn.find("mc0")
	if err != nil {
		t.Fatal(err)
	}
	set := func(file, value string) {
		t.Helper()
		if err := os.WriteFile("/proc/sys/net/"+file, []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		f                *family
		file, said, word string
	}{
		{&ipv4, "ipv4/ip_forward", "net.ipv4.ip_forward", "IPv4"},
		{&ipv6, "ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding", "IPv6"},
	} {
		was, err := sysctl(c.file)
		if err != nil {
			t.Fatal(err)
		}
		set(c.file, "0")
		k := &checkup{host: host, bridge: b}
		if err := k.forwards(c.f, false); err != nil {
			t.Fatal(err)
		}
		says(t, strings.Split(k.Text(), "\n"), "bad forward: this host forwards no "+c.word+": 'sysctl "+c.said+"=1'")
		set(c.file, "1")
		k = &checkup{host: host, bridge: b}
		if err := k.forwards(c.f, true); err != nil {
			t.Fatal(err)
		}
		if got := k.Text(); got != "ok    forward: this host forwards "+c.word+"\n" {
			t.Errorf("%q", got)
		}
		set(c.file, was)
	}
	run(t, "nft", "add table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }")
	defer run(t, "nft", "delete table ip filter")
	for lost, want := range map[bool]int{true: 1, false: 0} {
		k := &checkup{host: host, bridge: b}
		if err := k.forwards(&ipv4, lost); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(k.Text(), "the chain FORWARD of the table ip filter drops what no rule of its own accepts"); got != want {
			t.Errorf("lost: %t: %s", lost, k.Text())
		}
	}
}

// TestRoutesOfBothFamilies: the way to an address is found, of IPv6 too, for
// which the kernel takes fewer flags.
func TestRoutesOfBothFamilies(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00::2/64"))
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	for to, want := range map[string]string{"192.168.1.2": "192.168.1.0/24", "fd00::2": "fd00::/64", "10.1.2.3": "", "fd01::1": ""} {
		r, err := host.conn.routeTo(at(to))
		got := ""
		if r != nil {
			got = r.to.String()
		}
		if err != nil || got != want {
			t.Errorf("%s: %s, %v: not %s", to, got, err, want)
		}
	}
	run(t, "sh", "-ec", "ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up; ip -6 route add fd77::/64 dev e0")
	defer run(t, "ip", "link", "delete", "e0")
	s := wishes(t, "host-2", "192.168.1.3/24", "fd77::2/64")
	refused(t, s, "fd77::")
}

// FuzzSocketTable: no line of a table of sockets makes it panic, and what it
// gives is an address.
func FuzzSocketTable(f *testing.F) {
	for _, line := range []string{"0: 0100007F:1F90 00000000:0000 0A 0 0 0 0 0 9", "0: : 0 0A 0 0 0 0 0 9", "0: 00000000000000000000000000000000:0050 0:0 0A 0 0 0 0 0 9", "x"} {
		f.Add("head\n" + line + "\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseSockets(text, "0A")
		for _, a := range all {
			if err == nil && !a.at.IsValid() {
				t.Errorf("%q: %v", text, all)
			}
		}
	})
}

// FuzzResolvConf: no text of a container makes it panic, and a line is either an
// address or said to be none.
func FuzzResolvConf(f *testing.F) {
	for _, text := range []string{"nameserver 10.0.0.1\n", "nameserver fe80::1%eth0\nnameserver x", "nameserver", "\x00nameserver \x00", "options edns0\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k := &checkup{}
		wanted := 0
		for line := range strings.Lines(text) {
			if words := strings.Fields(line); len(words) > 1 && words[0] == "nameserver" {
				wanted++
			}
		}
		if servers := k.parseResolvers(text, "F"); len(servers)+len(k.Findings) != wanted {
			t.Errorf("%q: %v, %v", text, servers, k.Findings)
		}
	})
}

// TestNear: what is in a subnet of the namespace is near, and so is itself; what
// only a default route leads to is not.
func TestNear(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00::2/64"))
	in, err := enter("/run/netns/host-1")
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	k := &checkup{in: in}
	for _, f := range []*family{&ipv4, &ipv6} {
		routes, err := in.conn.routes(f)
		if err != nil {
			t.Fatal(err)
		}
		k.routes = append(k.routes, routes...)
	}
	for a, want := range map[string]bool{
		"192.168.1.1": true, "192.168.1.254": true, "fd00::1": true, "127.0.0.53": true, "::1": true,
		"192.168.2.1": false, "10.0.0.1": false, "fd01::1": false, "2001:db8::1": false,
	} {
		if got := k.near(at(a)); got != want {
			t.Errorf("%s: %t", a, got)
		}
	}
}

// TestOnBridge: the bridge's address that is in a subnet of the interface, of
// the family that is asked for.
func TestOnBridge(t *testing.T) {
	foreignBridge(t, "192.168.1.1/24", "10.0.0.1/8", "fd00::1/64")
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	b, err := host.conn.find("br9")
	if err != nil {
		t.Fatal(err)
	}
	k := &checkup{host: host, bridge: b}
	for own, want := range map[string]string{
		"192.168.1.2/24": "192.168.1.1", "10.9.9.9/8": "10.0.0.1", "10.9.9.9/24": "invalid IP", "fd00::2/64": "fd00::1", "fd01::2/64": "invalid IP",
	} {
		p := address(t, own).Prefix
		if got, err := k.onBridge([]netip.Prefix{p}, familyOf(p.Addr())); got.String() != want || err != nil {
			t.Errorf("%s: %s, %v, not %s", own, got, err, want)
		}
	}
	k.bridge = nil
	if got, err := k.onBridge([]netip.Prefix{address(t, "192.168.1.2/24").Prefix}, &ipv4); got.IsValid() || err != nil {
		t.Errorf("%s, %v of no bridge", got, err)
	}
}

// TestAlone: where a port is listened at, of its protocol only.
func TestAlone(t *testing.T) {
	all := []Listener{
		{"tcp", netip.MustParseAddrPort("127.0.0.1:80")}, {"tcp", netip.MustParseAddrPort("[::1]:80")},
		{"udp", netip.MustParseAddrPort("127.0.0.2:80")}, {"tcp", netip.MustParseAddrPort("127.0.0.1:81")},
	}
	for port, want := range map[uint16]string{80: "127.0.0.1 and ::1", 81: "127.0.0.1", 82: ""} {
		if got := alone(all, "tcp", port); got != want {
			t.Errorf("%d: %q, not %q", port, got, want)
		}
	}
	if got := alone(all, "udp", 80); got != "127.0.0.2" {
		t.Errorf("udp: %q", got)
	}
}
