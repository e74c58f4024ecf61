package network

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// theirs is a namespace that ip(8) has made, with an eth0 which leads to v9.
func theirs(t *testing.T) Target {
	t.Helper()
	ip(t, "netns", "add", "theirs")
	t.Cleanup(func() {
		ip(t, "link", "delete", "v9")
		ip(t, "netns", "delete", "theirs")
		_ = unix.Unmount("/run/netns", unix.MNT_DETACH) // ip-netns(8) mounts it on itself
	})
	ip(t, "link", "add", "v9", "up", "type", "veth", "peer", "name", "eth0", "netns", "theirs")
	ip(t, "-n", "theirs", "link", "set", "eth0", "up")
	return Target{Path: "/run/netns/theirs"}
}

// shown is what Show finds there.
func shown(t *testing.T, at Target) *Container {
	t.Helper()
	c, err := Show(at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// remade is the last command, and what is not said.
func remade(t *testing.T, c *Container) (command, unsaid string) {
	t.Helper()
	a, err := c.Again()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(a.Commands); n > 0 {
		command = strings.Join(a.Commands[n-1], " ")
	}
	return command, strings.Join(a.Unsaid, "; ")
}

// TestShowWhereItLeads: to a port of a bridge, to a VRF, which is none, to a link
// that is plugged into nothing, or down.
func TestShowWhereItLeads(t *testing.T) {
	at := theirs(t)
	ip(t, "-n", "theirs", "address", "add", "10.9.0.2/24", "dev", "eth0")
	ip(t, "link", "add", "br9", "up", "type", "bridge")
	t.Cleanup(func() { ip(t, "link", "delete", "br9") })
	for _, c := range []struct{ change, bridge, state, unsaid string }{
		{"nomaster", "", "up", "v9, the host's end of eth0, is plugged into no bridge: the command plugs it into mc0"},
		{"master br9", "br9", "up", ""},
		{"down", "br9", "down", "eth0 is down: the command puts it up"},
	} {
		ip(t, append([]string{"link", "set", "v9"}, strings.Fields(c.change)...)...)
		has := shown(t, at)
		if has.Bridge != c.bridge || has.Link != "v9" || string(has.State) != c.state || has.Kind != "veth" || has.Name != "" || has.Host {
			t.Errorf("%s: %+v", c.change, has)
		}
		command, unsaid := remade(t, has)
		if unsaid != c.unsaid || !strings.HasPrefix(command, "mc-net up theirs --ip 10.9.0.2/24 ") || strings.Contains(command, "--bridge br9") != (c.bridge != "") {
			t.Errorf("%s: %s, %s", c.change, command, unsaid)
		}
	}
}

// TestShowTheUsedFirst: what is down comes last, whenever it was made, and what
// every new namespace has is not said.
func TestShowTheUsedFirst(t *testing.T) {
	at := theirs(t)
	ip(t, "-n", "theirs", "link", "set", "eth0", "down")
	ip(t, "-n", "theirs", "link", "add", "p0", "index", "20", "up", "type", "veth", "peer", "name", "p1", "index", "21")
	ip(t, "-n", "theirs", "link", "set", "p1", "up")
	c := shown(t, at)
	var names []string
	for _, f := range append([]*Container{c}, c.Further...) {
		names = append(names, f.Interface)
		if f.Netns != at.Path || f.Routes == nil || f.Counters == nil || f.Published == nil || f.Further == nil {
			t.Errorf("%+v", f)
		}
	}
	if got := strings.Join(names, " "); got != "p0 p1 eth0" {
		t.Error(got)
	}
	a := &Again{fresh: &fresh{has: map[string]bool{"tunl0": true}}}
	for _, f := range []*Container{{Interface: "tunl0", Kind: "ipip", State: StateDown}, {Interface: "tunl0", Kind: "ipip", State: StateUp}} {
		if err := a.face("x", f); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.Unsaid) != 1 || len(a.Commands) != 0 {
		t.Errorf("%q, %q: one is the kernel's, one is used", a.Unsaid, a.Commands)
	}
}

// TestAgainGateways: each as --gateway takes it, or a comment.
func TestAgainGateways(t *testing.T) {
	at := theirs(t)
	ip(t, "-n", "theirs", "address", "add", "10.9.0.2/24", "dev", "eth0")
	for routes, want := range map[string]struct{ flags, unsaid string }{
		"default via 10.9.0.1":                                  {"--gateway 10.9.0.1 ", ""},
		"default via 10.9.0.1, default via 10.9.0.3 metric 9":   {"--gateway 10.9.0.1 ", "the route default via 10.9.0.3 dev eth0"},
		"default via 10.9.0.1, 10.2.0.0/16 via 10.9.0.1":        {"--gateway 10.9.0.1 ", "the route 10.2.0.0/16 via 10.9.0.1 dev eth0"},
		"default via 10.9.1.1 dev eth0 onlink":                  {"--gateway none ", "the route default via 10.9.1.1 dev eth0"},
		"default dev eth0":                                      {"--gateway none ", "the route default dev eth0"},
		"unreachable 10.2.0.0/16, prohibit 10.3.0.0/16":         {"--gateway none ", "the unreachable route 10.2.0.0/16; the prohibit route 10.3.0.0/16"},
		"10.2.0.0/16 nexthop via 10.9.0.4 nexthop via 10.9.0.5": {"--gateway none ", "the multipath route 10.2.0.0/16"},
	} {
		for r := range strings.SplitSeq(routes, ", ") {
			ip(t, append([]string{"-n", "theirs", "route", "add"}, strings.Fields(r)...)...)
		}
		command, unsaid := remade(t, shown(t, at))
		unsaid = strings.TrimPrefix(unsaid, "v9, the host's end of eth0, is plugged into no bridge: the command plugs it into mc0")
		if !strings.Contains(command, want.flags) || strings.Count(command, "--gateway") != 1 || strings.TrimPrefix(unsaid, "; ") != want.unsaid {
			t.Errorf("%s: %s, %s", routes, command, unsaid)
		}
		ip(t, "-n", "theirs", "route", "flush", "root", "0/0", "table", "main", "proto", "boot")
	}
}

// TestGatewayOfOneSubnet: an address elsewhere goes without, but not when no
// address is in reach of it.
func TestGatewayOfOneSubnet(t *testing.T) {
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Addresses = append(s.Addresses, address(t, "192.168.2.2/24"), address(t, "fd00:1::2/64"))
	s.Gateways = []Gateway{{Addr: at("192.168.3.1")}}
	refused(t, s, "gateway 192.168.3.1 is not in the subnet 192.168.1.0/24")
	s.Gateways = []Gateway{{Addr: at("192.168.2.1")}, {None: true}}
	upFor(t, s)
	if got := strings.Join(strings.Fields(ip(t, "-n", "host-1", "route", "show", "default")), " "); got != "default via 192.168.2.1 dev eth0" {
		t.Error(got)
	}
	if got := ip(t, "-n", "host-1", "-6", "route", "show", "default"); got != "" {
		t.Error(got)
	}
	if got := ip(t, "-br", "-4", "address", "show", "mc0"); !strings.Contains(got, "192.168.2.1/24") || strings.Contains(got, "192.168.1.") {
		t.Error(got)
	}
}

// TestSuggested: what a container that is to be such is called.
func TestSuggested(t *testing.T) {
	for path, want := range map[string]string{
		"/run/netns/web": "web", "/var/run/docker/netns/1a2b": "1a2b", "/proc/4711/ns/net": "net-4711",
		"/proc/self/ns/net": "net-self", "/run/netns/Web_1": "net", "./x": "x", "/": "net",
	} {
		if got := (&Container{Netns: path}).suggested(); string(got) != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := (&Container{Name: "host-1", Netns: "/proc/4711/ns/net"}).suggested(); got != "host-1" {
		t.Error(got)
	}
}

// TestIs: a file of the namespace, of another, of none; what cannot be looked at
// is an error.
func TestIs(t *testing.T) {
	at := theirs(t)
	in, err := enter(at.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	for path, want := range map[string]bool{
		at.Path: true, fmt.Sprintf("/proc/self/fd/%d", in.fd): true, ownNetns: false, "/none": false, "": false,
	} {
		if is, err := in.is(path); is != want || err != nil {
			t.Errorf("%s: %t, %v", path, is, err)
		}
	}
	loop := t.TempDir() + "/loop"
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	if _, err := in.is(loop); err == nil {
		t.Error("a loop is no file")
	}
}

// TestLegacyTables: those of iptables-legacy, which nf_tables knows nothing of, by
// the question that iptables-legacy -L begins with (IPT_SO_GET_INFO).
func TestLegacyTables(t *testing.T) {
	place := theirs(t)
	ip(t, "-n", "theirs", "address", "add", "10.9.0.2/24", "dev", "eth0")
	in, err := enter(place.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	err = visit(in.fd, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		var info [84]byte // struct ipt_getinfo
		size := uint32(len(info))
		copy(info[:], "nat")
		// A kernel without them refuses; the file tells.
		_, _, _ = unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_IP, 64, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	names := run(t, "nsenter", "--net="+place.Path, "sh", "-c", "cat /proc/net/ip_tables_names || true")
	has := strings.HasPrefix(names, "nat\n")
	if _, unsaid := remade(t, shown(t, place)); strings.Contains(unsaid, "the table nat of iptables-legacy") != has {
		t.Errorf("%q, and the kernel has %q", unsaid, names)
	}
	t.Logf("the kernel has %q", names)
}

// TestFresh: settings and rules are those that the kernel gives, whatever this
// host has.
func TestFresh(t *testing.T) {
	forwarding(t, "1")
	ip(t, "rule", "add", "priority", "77", "lookup", "77")
	t.Cleanup(func() { ip(t, "rule", "delete", "priority", "77") })
	f, err := lookFresh()
	if err != nil {
		t.Fatal(err)
	}
	if f.is["ipv4/ip_forward"] != "0" || f.is["ipv6/conf/all/forwarding"] != "0" || !f.has["lo"] || f.has["eth0"] {
		t.Errorf("%+v", f)
	}
	var rules []string
	for r := range f.rules {
		rules = append(rules, r)
	}
	slices.Sort(rules)
	if got := strings.Join(rules, "; "); got != "IPv4 rule 0: from all lookup 255; IPv4 rule 32766: from all lookup 254; IPv4 rule 32767: from all lookup 253; IPv6 rule 0: from all lookup 255; IPv6 rule 32766: from all lookup 254" {
		t.Error(got)
	}
	for _, path := range sysctls {
		if _, known := f.is[path]; !known || strings.Contains(f.is[path], "\t") {
			t.Errorf("%s: %q", path, f.is[path])
		}
	}
}
