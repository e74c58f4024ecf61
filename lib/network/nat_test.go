package network

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mini-container/lib/step"
)

// published is a container with ports.
func published(t *testing.T, n, ip string, ports ...string) Spec {
	t.Helper()
	s := spec(t, n, ip)
	for _, port := range ports {
		var p Publish
		if err := p.UnmarshalText([]byte(port)); err != nil {
			t.Fatal(err)
		}
		s.Publish = append(s.Publish, p)
	}
	return s
}

// forwarding sets both families'.
func forwarding(t *testing.T, value string) {
	t.Helper()
	for _, path := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if err := (step.WriteFile{Path: settingsFolder + path, Text: value}).Do(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPublishText(t *testing.T) {
	for in, want := range map[string]Publish{
		"8080:80":            {HostPort: 8080, Port: 80},
		"8080:80/tcp":        {HostPort: 8080, Port: 80},
		"53:53/udp":          {HostPort: 53, Port: 53, UDP: true},
		"127.0.0.1:8080:80":  {Host: at("127.0.0.1"), HostPort: 8080, Port: 80},
		"[2001:db8::1]:1:2":  {Host: at("2001:db8::1"), HostPort: 1, Port: 2},
		"0.0.0.0:65535:1":    {HostPort: 65535, Port: 1},
		"[::]:65535:1/udp":   {HostPort: 65535, Port: 1, UDP: true},
		"10.0.0.1:80:80/udp": {Host: at("10.0.0.1"), HostPort: 80, Port: 80, UDP: true},
	} {
		var p, again Publish
		if err := p.UnmarshalText([]byte(in)); err != nil || p != want {
			t.Errorf("%s: %+v, %v", in, p, err)
		}
		if err := again.UnmarshalText([]byte(p.String())); err != nil || again != p {
			t.Errorf("%s comes back as %+v, %v", p, again, err)
		}
	}
	for _, in := range []string{
		"", "80", ":80", "80:", "a:80", "80:a", "0:80", "80:0", "65536:80", "80:65536", "-1:80", "80:80/sctp", "80:80/", "host:80:80",
		"1.2.3:80:80", "::1:80:80", "[1.2.3.4]:80:80", "[fe80::1%eth0]:80:80", "1.2.3.4:80", "80:80:80", "8000-8001:80-81", "80 :80",
	} {
		if err := new(Publish).UnmarshalText([]byte(in)); err == nil || !strings.Contains(err.Error(), "[HOSTIP:]HOSTPORT:PORT") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestPortsThatMeet(t *testing.T) {
	parse := func(s string) (p Publish) { _ = p.UnmarshalText([]byte(s)); return p }
	for _, c := range []struct {
		a, b string
		meet bool
	}{
		{"80:1", "80:2", true}, {"80:1", "127.0.0.1:80:2", true}, {"127.0.0.1:80:1", "127.0.0.1:80:2", true},
		{"80:1", "80:1/udp", false}, {"80:1", "81:1", false}, {"127.0.0.1:80:1", "127.0.0.2:80:1", false}, {"[::1]:80:1", "127.0.0.1:80:1", false},
	} {
		if parse(c.a).meets(parse(c.b)) != c.meet || parse(c.b).meets(parse(c.a)) != c.meet {
			t.Errorf("%s and %s: want %t", c.a, c.b, c.meet)
		}
	}
}

// TestListeners: a port of this host is refused with who listens there, on
// whatever address; one that only somebody connects from is free.
func TestListeners(t *testing.T) {
	ip(t, "link", "set", "lo", "up")
	self, _ := os.ReadFile("/proc/self/comm")
	families := []Address{address(t, "192.168.1.2/24"), address(t, "fd00::2/64")}
	by := fmt.Sprintf("by %s (process %d)", strings.TrimSpace(string(self)), os.Getpid())
	for _, c := range []struct{ network, address, ask, refused string }{
		{"tcp", "127.0.0.1:7001", "7001:80", "port 7001/tcp is in use on this host " + by},
		{"tcp", "127.0.0.1:7001", "127.0.0.1:7001:80", "port 7001/tcp is in use on this host " + by},
		{"tcp", "127.0.0.1:7001", "127.0.0.2:7001:80", ""},
		{"tcp", "127.0.0.1:7001", "7001:80/udp", ""},
		{"tcp", "0.0.0.0:7001", "127.0.0.2:7001:80", "port 7001/tcp is in use on this host " + by},
		{"tcp", "[::]:7001", "7001:80", "port 7001/tcp is in use on this host " + by},
		{"tcp6", "[::1]:7001", "127.0.0.1:7001:80", ""},
		{"udp", "127.0.0.1:7001", "7001:80/udp", "port 7001/udp is in use on this host " + by},
		{"udp", "127.0.0.1:7001", "7001:80", ""},
	} {
		close := listen(t, c.network, c.address)
		err := published(t, "x", "192.168.1.2/24", c.ask).Publish[0].listened(families)
		close()
		if fmt.Sprint(err) != c.refused && (err != nil || c.refused != "") {
			t.Errorf("%s %s, and --publish %s: %v", c.network, c.address, c.ask, err)
		}
	}
}

// TestListenerWithAPeer: a UDP socket that has one still has its port.
func TestListenerWithAPeer(t *testing.T) {
	ip(t, "link", "set", "lo", "up")
	c, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	port := c.LocalAddr().(*net.UDPAddr).Port
	err = published(t, "x", "192.168.1.2/24", fmt.Sprint(port, ":80/udp")).Publish[0].listened([]Address{address(t, "192.168.1.2/24")})
	if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf("(process %d)", os.Getpid())) {
		t.Error(err)
	}
}

func listen(t *testing.T, network, address string) (closed func() error) {
	t.Helper()
	if strings.HasPrefix(network, "udp") {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		return c.Close
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return l.Close
}

// TestPortOfTheBridge: its address is one of this host as soon as it is there.
// Of a container without IPv4 nobody needs to know who listens there.
func TestPortOfTheBridge(t *testing.T) {
	s := published(t, "host-1", "192.168.1.2/24", "192.168.1.1:8080:80")
	upFor(t, s)
	refused(t, published(t, "host-2", "192.168.1.3/24", "192.168.1.7:8080:80"), "192.168.1.7 is no address of this host")
	close := listen(t, "tcp4", "0.0.0.0:7001")
	t.Cleanup(func() { _ = close() })
	six := published(t, "host-2", "192.168.1.3/24", "7001:80")
	six.Addresses = []Address{address(t, "fd00::3/64")}
	upFor(t, six)
}

// TestTableOfAnother: one that is not as we make it is told from one of ours.
func TestTableOfAnother(t *testing.T) {
	for _, command := range []string{"add table inet mini-container", "add set inet mini-container out { type ifname . ipv4_addr; }"} {
		if out, err := exec.Command("nft", command).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	upFor(t, spec(t, "plain", "192.168.1.9/24")) // it has nothing to do with it
	refused(t, published(t, "host-1", "192.168.1.2/24", "80:80"), "table mini-container: has no set home: another version or somebody else has made it: 'nft delete table inet mini-container' removes it, with the ways of all containers")
	if out, err := exec.Command("nft", "delete", "table", "inet", "mini-container").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestStrayPorts: what is left of a container whose link is gone is nobody's:
// who wants its ports gets them, who gets its address does not, and gc removes
// them.
func TestStrayPorts(t *testing.T) {
	stray := func() {
		t.Helper()
		if err := up(published(t, "host-1", "192.168.1.2/24", "8080:80")); err != nil {
			t.Fatal(err)
		}
		ip(t, "link", "delete", "mc-host-1")
		ip(t, "netns", "delete", "host-1")
		if !strings.Contains(ruleset(t), "8080") {
			t.Fatal("there is nothing to be removed")
		}
	}
	stray()
	if err := up(published(t, "host-3", "192.168.1.3/24", "8080:81")); err != nil {
		t.Error("the port of the dead is not free:", err)
	}
	if left := ruleset(t); strings.Contains(left, `"192.168.1.2",80`) || !strings.Contains(left, `"192.168.1.3",81`) {
		t.Errorf("the port leads to the dead: %s", left)
	}
	if err := down("host-3"); err != nil {
		t.Fatal(err)
	}
	stray()
	upFor(t, spec(t, "host-2", "192.168.1.2/24"))
	if left := ruleset(t); strings.Contains(left, "8080") {
		t.Errorf("the newcomer has the ports of the dead: %s", left)
	}
	if err := down("host-2"); err != nil {
		t.Fatal(err)
	}
	stray()
	plan, removed, err := Dead()
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	if fmt.Sprint(removed) != "[mc-host-1 192.168.1.2]" {
		t.Error(removed)
	}
	if err := plan.Steps.Run(step.Silent); err != nil || strings.Contains(ruleset(t), "8080") {
		t.Error("gc leaves it", err)
	}
	stray()
	if err := down("host-1"); err != nil || strings.Contains(ruleset(t), "8080") {
		t.Error("down leaves it", err)
	}
}

// TestWhatRoutersSay: a host that has a route by a router's word keeps it
// when it begins to forward.
func TestWhatRoutersSay(t *testing.T) {
	forwarding(t, "0")
	ip(t, "link", "add", "up0", "up", "type", "veth", "peer", "name", "up1")
	t.Cleanup(func() { ip(t, "link", "delete", "up0") })
	ip(t, "-6", "route", "add", "default", "via", "fe80::99", "dev", "up0", "proto", "ra")
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Addresses = []Address{address(t, "fd00::2/64")}
	s.NAT = true
	plan, err := Up(s)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	script := explained(t, plan.Steps)
	for _, want := range []string{"echo 2 >/proc/sys/net/ipv6/conf/up0/accept_ra\necho 1 >/proc/sys/net/ipv6/conf/all/forwarding\n"} {
		if !strings.Contains(script, want) {
			t.Errorf("no %q in\n%s", want, script)
		}
	}
	if strings.Contains(script, "ip_forward") {
		t.Error("a container without IPv4 needs no forwarding of it")
	}
	if notes := strings.Join(plan.Notes, "; "); notes != "routers at up0 are still believed (net.ipv6.conf.up0.accept_ra=2); this host forwards IPv6 from now on (net.ipv6.conf.all.forwarding=1)" {
		t.Error(notes)
	}
}

// TestPortsOfAForeignBridge: it is not altered, so that 127.0.0.1 does not lead
// there.
func TestPortsOfAForeignBridge(t *testing.T) {
	foreignBridge(t, "10.9.0.1/24")
	s := published(t, "host-1", "10.9.0.2/24", "8080:80")
	s.Bridge = "br9"
	plan, err := Up(s)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	if script := explained(t, plan.Steps); strings.Contains(script, "route_localnet") || !strings.Contains(script, "tcp . 8080 : 10.9.0.2 . 80") {
		t.Error(script)
	}
	s.Publish[0].Host = netip.MustParseAddr("127.0.0.1")
	refused(t, s, "127.0.0.1 leads to no bridge that others made")
}
