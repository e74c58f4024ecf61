package network

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// wishes are a spec of addresses as they are said.
func wishes(t *testing.T, n string, said ...string) Spec {
	t.Helper()
	s := Spec{Name: name.Name(n), Bridge: DefaultBridge}
	for _, a := range said {
		s.Addresses = append(s.Addresses, address(t, a))
	}
	return s
}

// got are the addresses that a container has.
func got(t *testing.T, n string) string {
	t.Helper()
	c, err := Find(name.Name(n))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(c.Addresses, c.Gateway, c.Gateway6)
}

func TestBothFamilies(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00:1::2/64"))
	if g := got(t, "host-1"); g != "[192.168.1.2/24 fd00:1::2/64]192.168.1.1fd00:1::1" {
		t.Error(g)
	}
	refused(t, wishes(t, "host-2", "192.168.1.3/24", "fd00:1::2/64"), "address fd00:1::2 is in use by host-1")
	refused(t, wishes(t, "host-2", "fd00:1::3/64", "fd00:1::3/64"), "asked for twice")
	s := wishes(t, "host-2", "192.168.1.3/24", "fd00:1::3/64")
	s.Gateways = []Gateway{{Addr: netip.MustParseAddr("fd00:2::1")}}
	refused(t, s, "gateway fd00:2::1 is not in the subnet fd00:1::/64")
	s.Gateways = []Gateway{{Addr: netip.MustParseAddr("192.168.1.9")}}
	upFor(t, s)
	if g := got(t, "host-2"); g != "[192.168.1.3/24 fd00:1::3/64]192.168.1.9fd00:1::1" {
		t.Error(g)
	}
}

// TestMoreOfOneFamily: each has its seat on the bridge, and the first one leads
// out.
func TestMoreOfOneFamily(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "192.168.1.3/24", "10.9.0.2/16"))
	if g := got(t, "host-1"); g != "[192.168.1.2/24 10.9.0.2/16 192.168.1.3/24]192.168.1.1" {
		t.Error(g)
	}
	for _, a := range []string{"192.168.1.1/24", "10.9.0.1/16"} {
		if have := ip(t, "-4", "address", "show", "dev", "mc0"); strings.Count(have, a) != 1 {
			t.Errorf("%s: %s", a, have)
		}
	}
	refused(t, wishes(t, "host-2", "192.168.1.3/24"), "address 192.168.1.3 is in use by host-1")
}

func TestTheLowestThatIsFree(t *testing.T) {
	for i, want := range []string{"10.1.0.2/28", "10.1.0.3/28", "10.1.0.5/28", "10.1.0.6/28"} {
		s := wishes(t, fmt.Sprintf("host-%d", i), "auto")
		s.Subnets = []Subnet{{netip.MustParsePrefix("10.1.0.0/28")}}
		if i == 0 {
			upFor(t, s)
			upFor(t, wishes(t, "other", "10.1.0.4/28"))
		} else {
			upFor(t, s)
		}
		if g := got(t, string(s.Name)); !strings.HasPrefix(g, "["+want+"]") {
			t.Errorf("%s, want %s", g, want)
		}
	}
	if err := down("host-1"); err != nil {
		t.Fatal(err)
	}
	upFor(t, wishes(t, "again", "auto", "auto")) // two wishes, two addresses
	if g := got(t, "again"); g != "[10.1.0.3/28 10.1.0.7/28]10.1.0.1" {
		t.Error(g)
	}
}

// TestAStrangerIsPassedOver: a wish is not met by what somebody else has, of
// either family; who says the address is refused.
func TestAStrangerIsPassedOver(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.9/24", "fd00:1::9/64"))
	stranger(t, "mc0", "192.168.1.2/24")
	upFor(t, wishes(t, "host-2", "auto"))
	if g := got(t, "host-2"); !strings.HasPrefix(g, "[192.168.1.3/24]") {
		t.Error(g)
	}
}

func TestAStrangerOfIPv6(t *testing.T) {
	upFor(t, wishes(t, "host-1", "fd00:1::9/64"))
	stranger(t, "mc0", "fd00:1::2/64 nodad")
	refused(t, wishes(t, "host-2", "fd00:1::2/64"), "address fd00:1::2 is in use on mc0 by ")
	upFor(t, wishes(t, "host-2", "auto6"))
	if g := got(t, "host-2"); !strings.HasPrefix(g, "[fd00:1::3/64]") {
		t.Error(g)
	}
}

// TestALateStranger comes to a bridge that has many ports of ours already.
func TestALateStranger(t *testing.T) {
	for i := range 40 {
		upFor(t, spec(t, fmt.Sprintf("host-%d", i), fmt.Sprintf("192.168.1.%d/24", i+2)))
	}
	stranger(t, "mc0", "192.168.1.77/24")
	refused(t, spec(t, "last", "192.168.1.77/24"), "address 192.168.1.77 is in use on mc0 by ")
}

func TestTaken(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00:1::2/64"))
	h, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	before := state(t)
	var names []string
	for i := range atOnce - 3 {
		names = append(names, fmt.Sprintf("mc.ip.10.0.0.%d", i))
	}
	names = append(names, "mc0", "mc.ip.192.168.1.2", "mc.ip.fd00-1--2")
	taken, err := h.conn.taken(names)
	if err != nil {
		t.Fatal(err)
	}
	for i, is := range taken {
		if is != (i >= atOnce-3) {
			t.Errorf("%s: %v", names[i], is)
		}
	}
	if after := state(t); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func TestTooManyAddresses(t *testing.T) {
	var said []string
	for i := range 40 {
		said = append(said, fmt.Sprintf("10.0.0.%d/24", i+2))
	}
	refused(t, wishes(t, "host-1", said...), "40 addresses are too many")
	upFor(t, wishes(t, "host-1", said[:16]...))
	if have := ip(t, "link", "show", "mc.ip.10.0.0.17"); !strings.Contains(have, "mc-host-1") {
		t.Error(have)
	}
	c, err := List()
	if err != nil || len(c) != 1 || len(c[0].Addresses) != 16 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestPortsOfABridge: all of them, and of each the name.
func TestPortsOfABridge(t *testing.T) {
	foreignBridge(t)
	for _, link := range []string{"theirs", "mc-like"} {
		ip(t, "link", "add", link, "master", "br9", "up", "type", "veth", "peer", "name", link+"1")
		t.Cleanup(func() { ip(t, "link", "delete", link) })
	}
	k, err := newAsker()
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	ports, err := k.ports("br9")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, index := range ports {
		if index != 0 {
			names = append(names, k.name(index))
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"mc-like", "theirs"}) {
		t.Errorf("%q", names)
	}
	if got := k.name(1 << 30); got != "" {
		t.Errorf("nobody is %q", got)
	}
	for _, no := range []string{"theirs", "nobody"} {
		if _, err := k.ports(no); err == nil {
			t.Errorf("%s has ports", no)
		}
	}
	for link, want := range map[string]bool{"mc-x": true, "mc.abc": true, "mc~7": true, "mcx": false, "eth0": false, "": false} {
		if isOurs(link) != want {
			t.Errorf("%q: %v", link, !want)
		}
	}
}

// TestWhoSaysToBeARouter is not believed by the host: the bridge is deaf from
// its first moment.
func TestWhoSaysToBeARouter(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	for path, want := range map[string]string{
		"/proc/sys/net/ipv6/conf/mc0/accept_ra": "0\n",
	} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if err := (deafen{link: "nobody"}).Do(); err != nil {
		t.Error(err)
	}
	if say := (deafen{link: "mc0"}).Say(); !strings.Contains(say, "echo 0 >/proc/sys/net/ipv6/conf/mc0/accept_ra") {
		t.Error(say)
	}
}

func TestNoSubnetIsFree(t *testing.T) {
	ip(t, "link", "add", "wan0", "up", "type", "veth", "peer", "name", "wan1")
	ip(t, "link", "set", "wan1", "up")
	t.Cleanup(func() { ip(t, "link", "delete", "wan0") })
	ip(t, "address", "add", "192.168.0.1/16", "dev", "wan0")
	ip(t, "address", "add", "10.77.0.1/16", "dev", "wan0")
	refused(t, wishes(t, "host-1", "auto"), "no subnet is free: say --subnet")
	refused(t, wishes(t, "host-1", "192.168.7.2/24"), "take another subnet, or the --bridge that has it")
}

// TestChecksum is the example of RFC 1071, section 3, and what a receiver does.
func TestChecksum(t *testing.T) {
	if got := checksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != ^uint16(0xddf2) {
		t.Errorf("%x", got)
	}
	p := ndp(netip.MustParseAddr("fd00:1::abcd:2")).question
	whole := append(p[8:headerLen:headerLen], 0, 0, 0, neighbourLen, 0, 0, 0, unix.IPPROTO_ICMPV6)
	if got := checksum(append(whole, p[headerLen:]...)); got != 0 {
		t.Errorf("%x is left", got)
	}
}

// TestIPv6IsOff: the error says which switch it is.
func TestIPv6IsOff(t *testing.T) {
	off := "/proc/sys/net/ipv6/conf/default/disable_ipv6"
	was, err := os.ReadFile(off)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(off, []byte("1"), 0); err != nil { // of this network namespace
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.WriteFile(off, was, 0) })
	refusedOnTheWay(t, wishes(t, "host-1", "fd00:1::2/64"), "mc0: address fd00:1::1/64: IPv6 is off there (sysctl net.ipv6.conf.mc0.disable_ipv6=0 turns it on)")
	upFor(t, wishes(t, "host-1", "192.168.1.2/24"))
}

// refusedOnTheWay is refused, but by the kernel, and what was made is undone.
func refusedOnTheWay(t *testing.T, s Spec, want string) {
	t.Helper()
	_ = os.MkdirAll(name.Folder, 0o755)
	refused(t, s, want)
}
