package network

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestSocketTable reads lines as the kernel of this machine writes them, and
// refuses others.
func TestSocketTable(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
	const rest = " 00000000:00000000 00:00000000 00000000     0        0 "
	for _, c := range []struct{ state, text, want string }{
		{"0A", "", ""},
		{"0A", "   0: 0100007F:1F90 00000000:0000 0A" + rest + "47 1 0\n   1: 0201A8C0:0016 0301A8C0:8000 01" + rest + "48 1 0\n", "127.0.0.1:8080 47 "},
		{"", "   0: 0100007F:1F90 00000000:0000 0A" + rest + "47 1 0\n   1: 0201A8C0:0016 0301A8C0:8000 01" + rest + "48 1 0\n", "127.0.0.1:8080 47 192.168.1.2:22 48 "},
		{"0A", "   0: 00000000000000000000000000000000:0050 0:0 0A" + rest + "9\n", "[::]:80 9 "},
		{"0A", "   0: 000000FD000000000000000002000000:0050 0:0 0A" + rest + "9\n", "[fd00::2]:80 9 "},
		{"0A", "   0: 0100007F:1F90 00000000:0000 0A\n", ""}, // cut off
		{"0A", "   0: 0100007G:1F90 00000000:0000 0A" + rest + "9\n", "error"},
		{"0A", "   0: 0100007F:11F90 00000000:0000 0A" + rest + "9\n", "error"},
		{"0A", "   0: 0100007F7F:0050 00000000:0000 0A" + rest + "9\n", "error"},
		{"0A", "   0: 0050 00000000:0000 0A" + rest + "9\n", "error"},
	} {
		all, err := parseSockets(head+c.text, c.state)
		got := ""
		for _, s := range all {
			got += s.at.String() + " " + s.inode + " "
		}
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%q: %s, not %s", c.text, got, c.want)
		}
	}
}

// TestWhoListens finds real sockets in the namespace of a place, and says which
// client would be heard.
func TestWhoListens(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	in, err := enter("/run/netns/host-1")
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	var open []interface{ Close() error }
	err = visit(in.fd, func() error {
		for _, at := range []string{"192.168.1.2:80", "127.0.0.1:81", "0.0.0.0:82", "[::]:83"} {
			network := "tcp"
			if strings.HasPrefix(at, "0.") {
				network = "tcp4" // else Go hears IPv6, too
			}
			l, err := net.Listen(network, at)
			if err != nil {
				return err
			}
			open = append(open, l)
		}
		u, err := net.ListenPacket("udp", "192.168.1.2:53")
		open = append(open, u)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, o := range open {
			o.Close()
		}
	}()
	all, err := in.listeners()
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{
		"192.168.1.2:80": true, "192.168.1.3:80": false, "192.168.1.2:81": false, "192.168.1.2:82": true,
		"192.168.1.2:83": true, "[fd00::2]:82": false, "[fd00::2]:83": true, "192.168.1.2:53": false,
	} {
		if got := listens(all, "tcp", netip.MustParseAddrPort(to)); got != want {
			t.Errorf("tcp %s: %t, in %v", to, got, all)
		}
	}
	if !listens(all, "udp", netip.MustParseAddrPort("192.168.1.2:53")) {
		t.Errorf("udp: %v", all)
	}
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	if all, err := host.listeners(); err != nil || len(all) != 0 {
		t.Errorf("%v, %v on a host where nobody listens", all, err)
	}
	for port, want := range map[uint16]string{80: "", 81: "nobody listens at TCP port 81", 53: "nobody listens at TCP port 53"} {
		if got, err := in.silent([]uint16{port}); got != want || err != nil {
			t.Errorf("%d: %q, %v", port, got, err)
		}
	}
	if err := Wait(Target{Name: "host-1"}, []uint16{80, 82}, time.Second); err != nil {
		t.Error(err)
	}
}

// TestTarget takes names and paths, and nothing else.
func TestTarget(t *testing.T) {
	for text, want := range map[string]Target{
		"host-1": {Name: "host-1"}, "/run/netns/x": {Path: "/run/netns/x"}, "./x": {Path: "./x"}, "1": {Name: "1"},
	} {
		var got Target
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "A", "a_b", ".."} {
		if err := new(Target).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
