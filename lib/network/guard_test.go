package network

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// The machines of these tests: the attacker, its neighbour, and the bridge.
var (
	ownMAC, itsMAC  = MAC{2, 0, 0, 0, 0, 2}, MAC{2, 0, 0, 0, 0, 3}
	own4, its4, gw4 = at("192.168.1.2"), at("192.168.1.3"), at("192.168.1.1")
	own6, its6, gw6 = at("fd00::2"), at("fd00::3"), at("fd00::1")
	nobody          = netip.IPv6Unspecified()
)

func at(s string) netip.Addr { return netip.MustParseAddr(s) }

// ethernet is a frame to the neighbour.
func ethernet(from MAC, kind uint16, packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16(append(append([]byte{}, itsMAC...), from...), kind), packet...)
}

// reply is the answer of ARP that says who has an address.
func reply(sender MAC, a netip.Addr) []byte {
	p := append([]byte{0, 1, 8, 0, 6, 4, 0, 2}, sender...)
	p = append(append(p, a.AsSlice()...), itsMAC...)
	return append(p, its4.AsSlice()...)
}

// datagram is UDP over IPv4 or IPv6.
func datagram(from netip.Addr, port, to uint16) []byte {
	udp := binary.BigEndian.AppendUint16(nil, port)
	udp = binary.BigEndian.AppendUint16(udp, to)
	udp = append(udp, 0, 8+cookieLen, 0, 0)
	if from.Is6() {
		return ip6(from, unix.IPPROTO_UDP, udp)
	}
	p := append([]byte{0x45, 0, 0, byte(20 + len(udp) + cookieLen), 0, 0, 0, 0, 64, unix.IPPROTO_UDP, 0, 0}, from.AsSlice()...)
	p = append(p, its4.AsSlice()...)
	sum := uint32(0) // RFC 1071
	for i := 0; i < len(p); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	binary.BigEndian.PutUint16(p[10:], ^uint16(sum+sum>>16))
	return append(p, udp...)
}

func ip6(from netip.Addr, next byte, body []byte) []byte {
	p := append([]byte{0x60, 0, 0, 0, 0, byte(len(body) + cookieLen), next, 255}, from.AsSlice()...)
	return append(append(p, its6.AsSlice()...), body...)
}

// about6 is a message of neighbour discovery, as far as it says what it is about.
func about6(kind byte, target netip.Addr) []byte {
	return append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, target.AsSlice()...)
}

// behind hides a message behind an extension header (RFC 7113).
func behind(body []byte) []byte {
	return append([]byte{unix.IPPROTO_ICMPV6, 0, 1, 4, 0, 0, 0, 0}, body...)
}

const cookieLen = 8

// frames are what the attacker sends, and whether it may.
var frames = []struct {
	name  string
	may   bool
	frame []byte
}{
	{"its own ARP", true, ethernet(ownMAC, unix.ETH_P_ARP, reply(ownMAC, own4))},
	{"a probe for an address", true, ethernet(ownMAC, unix.ETH_P_ARP, reply(ownMAC, netip.IPv4Unspecified()))},
	{"its own IPv4", true, ethernet(ownMAC, unix.ETH_P_IP, datagram(own4, 1000, 2000))},
	{"its own IPv6", true, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(own6, 1000, 2000))},
	{"its own link-local", true, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(linkLocal(ownMAC), 1000, 2000))},
	{"its own advertisement", true, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(own6, unix.IPPROTO_ICMPV6, about6(136, own6)))},
	{"its own, from its link-local", true, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(linkLocal(ownMAC), unix.IPPROTO_ICMPV6, about6(136, own6)))},
	{"a question about the neighbour", true, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(own6, unix.IPPROTO_ICMPV6, about6(135, its6)))},
	{"a look for a double of its own", true, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(nobody, unix.IPPROTO_ICMPV6, about6(135, own6)))},
	{"what it listens to", true, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(nobody, unix.IPPROTO_ICMPV6, about6(143, nobody)))},
	{"its own IPv4 with a VLAN tag", true, ethernet(ownMAC, unix.ETH_P_8021Q, append([]byte{0, 0, 8, 0}, datagram(own4, 1000, 2000)...))},

	{"the neighbour's MAC, to all", false, append(bytes.Repeat([]byte{0xff}, 6), ethernet(itsMAC, unix.ETH_P_IP, datagram(own4, 1000, 2000))[6:]...)},
	{"nobody's MAC", false, ethernet(MAC{2, 9, 9, 9, 9, 9}, unix.ETH_P_ARP, reply(MAC{2, 9, 9, 9, 9, 9}, own4))},
	{"ARP for the gateway", false, ethernet(ownMAC, unix.ETH_P_ARP, reply(ownMAC, gw4))},
	{"ARP for the neighbour", false, ethernet(ownMAC, unix.ETH_P_ARP, reply(ownMAC, its4))},
	{"ARP with another MAC inside", false, ethernet(ownMAC, unix.ETH_P_ARP, reply(itsMAC, own4))},
	{"the neighbour's IPv4", false, ethernet(ownMAC, unix.ETH_P_IP, datagram(its4, 1000, 2000))},
	{"the gateway's IPv4", false, ethernet(ownMAC, unix.ETH_P_IP, datagram(gw4, 1000, 2000))},
	{"an IPv4 from far away", false, ethernet(ownMAC, unix.ETH_P_IP, datagram(at("203.0.113.7"), 1000, 2000))},
	{"no IPv4", false, ethernet(ownMAC, unix.ETH_P_IP, datagram(netip.IPv4Unspecified(), 68, 67))},
	{"the neighbour's IPv4 with a VLAN tag", false, ethernet(ownMAC, unix.ETH_P_8021Q, append([]byte{0, 0, 8, 0}, datagram(its4, 1000, 2000)...))},
	{"the neighbour's IPv6", false, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(its6, 1000, 2000))},
	{"the gateway's IPv6", false, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(gw6, 1000, 2000))},
	{"the neighbour's link-local", false, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(linkLocal(itsMAC), 1000, 2000))},
	{"UDP from no IPv6", false, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(nobody, 1000, 2000))},
	{"an advertisement for the gateway", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(own6, unix.IPPROTO_ICMPV6, about6(136, gw6)))},
	{"an advertisement for the neighbour", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(own6, unix.IPPROTO_ICMPV6, about6(136, its6)))},
	{"one behind a header of options", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(own6, unix.IPPROTO_HOPOPTS, behind(about6(136, gw6))))},
	{"a look that stops the neighbour", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(nobody, unix.IPPROTO_ICMPV6, about6(135, its6)))},
	{"a router's advertisement", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(linkLocal(ownMAC), unix.IPPROTO_ICMPV6, about6(134, nobody)))},
	{"one behind a header for the destination", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(linkLocal(ownMAC), unix.IPPROTO_DSTOPTS, behind(about6(134, nobody))))},
	{"a redirect", false, ethernet(ownMAC, unix.ETH_P_IPV6, ip6(linkLocal(ownMAC), unix.IPPROTO_ICMPV6, about6(137, its6)))},
	{"a DHCP server", false, ethernet(ownMAC, unix.ETH_P_IP, datagram(own4, 67, 68))},
	{"a DHCPv6 server", false, ethernet(ownMAC, unix.ETH_P_IPV6, datagram(linkLocal(ownMAC), 547, 546))},
	{"another protocol", false, ethernet(ownMAC, 0x88b5, []byte("experiment"))},
	{"spanning tree", false, ethernet(ownMAC, 60, []byte{0x42, 0x42, 3, 0, 0, 0, 0, 0})},
}

// packetSocket is one in a container's namespace, for frames as they are.
func packetSocket(t *testing.T, container string) int {
	t.Helper()
	in, err := enter(NetnsPath(container))
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	l, err := in.conn.find("eth0")
	if err != nil || l == nil {
		t.Fatal(err)
	}
	socket := -1
	err = onDyingThread(func() error {
		if err := unix.Setns(in.fd, unix.CLONE_NEWNET); err != nil {
			return err
		}
		var err error
		socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err == nil {
		err = unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: l.Index})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(socket) })
	return socket
}

// joined waits until the bridge forwards: it learns in the background that its
// ports have a carrier.
func joined(t *testing.T, from, to int) {
	t.Helper()
	often := unix.NsecToTimeval((50 * time.Millisecond).Nanoseconds())
	if err := unix.SetsockoptTimeval(to, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &often); err != nil {
		t.Fatal(err)
	}
	hello := append(ethernet(ownMAC, unix.ETH_P_ARP, reply(ownMAC, own4)), "hello"...)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if _, err := unix.Write(from, hello); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 2000)
		if n, _, err := unix.Recvfrom(to, buffer, 0); err == nil && bytes.HasPrefix(buffer[:n], hello) {
			return
		}
	}
	t.Fatal("the bridge does not forward")
}

// arrives sends a frame, and one that may pass after it: what has not come when
// that one comes does not come any more.
func arrives(t *testing.T, from, to int, frame []byte) bool {
	t.Helper()
	cookie := func(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	first := time.Now().UnixNano()
	for i, f := range [][]byte{frame, ethernet(ownMAC, unix.ETH_P_ARP, reply(ownMAC, own4))} {
		// The bridge learns again where the neighbour is.
		if _, err := unix.Write(to, ethernet(itsMAC, unix.ETH_P_ARP, reply(itsMAC, its4))); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(from, append(f[:len(f):len(f)], cookie(first+int64(i))...)); err != nil {
			t.Fatal(err)
		}
	}
	seen := false
	buffer := make([]byte, 2000)
	limit := unix.NsecToTimeval((10 * time.Second).Nanoseconds())
	if err := unix.SetsockoptTimeval(to, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		t.Fatal(err)
	}
	for {
		n, _, err := unix.Recvfrom(to, buffer, 0)
		if err != nil {
			t.Fatalf("not even the second frame comes: %v", err)
		}
		seen = seen || bytes.Contains(buffer[:n], cookie(first))
		if bytes.Contains(buffer[:n], cookie(first+1)) {
			return seen
		}
	}
}

// pairOf makes the attacker and its neighbour.
func pairOf(t *testing.T, change func(*Spec)) {
	t.Helper()
	for _, one := range []struct {
		name, v4, v6 string
		mac          MAC
	}{{"attacker", "192.168.1.2/24", "fd00::2/64", ownMAC}, {"neighbour", "192.168.1.3/24", "fd00::3/64", itsMAC}} {
		s := wishes(t, one.name, one.v4, one.v6)
		s.MAC = one.mac
		change(&s)
		upFor(t, s)
	}
}

// TestForgedFrames sends real frames from one container to the other: whatever
// is forged comes through without the guard, and does not with it.
func TestForgedFrames(t *testing.T) {
	for _, guarded := range []bool{false, true} {
		t.Run(fmt.Sprintf("guarded=%t", guarded), func(t *testing.T) {
			pairOf(t, func(s *Spec) { s.Unguarded = !guarded })
			from, to := packetSocket(t, "attacker"), packetSocket(t, "neighbour")
			joined(t, from, to)
			for _, f := range frames {
				if came, want := arrives(t, from, to, f.frame), f.may || !guarded; came != want {
					t.Errorf("%s: arrives: %t, want %t", f.name, came, want)
				}
			}
		})
	}
}

// TestIsolated: two isolated ports do not reach each other, and the host
// reaches both.
func TestIsolated(t *testing.T) {
	for _, isolated := range []bool{false, true} {
		t.Run(fmt.Sprintf("isolated=%t", isolated), func(t *testing.T) {
			pairOf(t, func(s *Spec) { s.Isolated = isolated })
			for from, to := range map[string]string{"attacker": "192.168.1.3", "neighbour": "fd00::2"} {
				err := reach(t, from, "ping -c 1 -W 2 "+to)
				if (err == nil) != !isolated {
					t.Errorf("%s to %s: %v", from, to, err)
				}
			}
			for _, from := range []string{"attacker", "neighbour"} {
				for _, gateway := range []string{"192.168.1.1", "fd00::1"} {
					if err := reach(t, from, "ping -c 1 -W 10 "+gateway); err != nil {
						t.Errorf("%s to the host: %v", from, err)
					}
				}
			}
		})
	}
}

// reach runs a command of busybox in a container's network.
func reach(t *testing.T, container, command string) error {
	t.Helper()
	words := append([]string{"--net=" + NetnsPath(container), "busybox"}, strings.Fields(command)...)
	out, err := exec.Command("nsenter", words...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// TestTheGuardIsWhatItSays: nft(8) makes the same of what is said.
func TestTheGuardIsWhatItSays(t *testing.T) {
	s := wishes(t, "host-1", "192.168.1.2/24", "192.168.1.4/24", "fd00::2/64")
	s.MAC = ownMAC
	upFor(t, s)
	tool := ruleset(t)
	plan := &Plan{}
	var err error
	if plan.host, err = here(); err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	if err := plan.planGuard(s, "mc-host-1"); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("sh", "-e", "-c", explained(t, plan.Steps)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if shell := ruleset(t); shell != tool || !strings.Contains(tool, "own6") {
		t.Errorf("the tool made\n%s\nthe script made\n%s", tool, shell)
	}
}

// TestStrayGuards: one whose link is gone stops nobody who comes later, whatever
// the newcomer wants, and gc removes it.
func TestStrayGuards(t *testing.T) {
	stray := func() {
		t.Helper()
		s := spec(t, "host-1", "192.168.1.2/24")
		s.MAC = itsMAC
		if err := up(s); err != nil {
			t.Fatal(err)
		}
		ip(t, "link", "delete", "mc-host-1")
		ip(t, "netns", "delete", "host-1")
		if !strings.Contains(ruleset(t), "mini-container-mc-host-1") {
			t.Fatal("there is nothing to be removed")
		}
	}
	for _, unguarded := range []bool{false, true} {
		stray()
		s := spec(t, "host-1", "192.168.1.2/24")
		s.Unguarded = unguarded
		if err := up(s); err != nil {
			t.Fatal(err)
		}
		if err := reach(t, "host-1", "ping -c 1 -W 10 192.168.1.1"); err != nil {
			t.Errorf("unguarded=%t: %v", unguarded, err)
		}
		if err := down("host-1"); err != nil {
			t.Fatal(err)
		}
	}
	stray()
	plan, removed, err := Dead()
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	if err := plan.Steps.Run(step.Silent); err != nil || fmt.Sprint(removed) != "[mc-host-1]" {
		t.Error(removed, err)
	}
	stray()
	if err := down("host-1"); err != nil {
		t.Fatal(err)
	}
	if left := ruleset(t); strings.Contains(left, "mini-container") {
		t.Error(left)
	}
}

// TestGuardsOfAllInterfaces: down takes the guards of the further interfaces
// too, when the namespace is gone and the kernel has destroyed the links, or is
// about to; and that of somebody else's link stays.
func TestGuardsOfAllInterfaces(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	for _, waits := range []bool{false, true} {
		for _, s := range []Spec{spec(t, "host-2", "192.168.1.3/24"), more(t, "host-2", "eth1", "lan2", "192.168.2.2/24")} {
			if err := up(s); err != nil {
				t.Fatal(err)
			}
		}
		ip(t, "netns", "delete", "host-2")
		for waits && strings.Contains(ip(t, "link"), "host-2") {
			time.Sleep(5 * time.Millisecond)
		}
		if err := down("host-2"); err != nil {
			t.Fatal(err)
		}
		if left := ruleset(t); strings.Count(left, `{"table":`) != 1 || !strings.Contains(left, guardName("mc-host-1")) {
			t.Errorf("waits=%t: %s", waits, left)
		}
	}
}
