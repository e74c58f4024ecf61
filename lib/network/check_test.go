package network

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mini-container/lib/name"
)

// checked is what Check says of a target, as lines.
func checked(t *testing.T, target string) []string {
	t.Helper()
	var at Target
	if err := at.UnmarshalText([]byte(target)); err != nil {
		t.Fatal(err)
	}
	r, err := Check(at)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(r.Text(), "\n"), "\n")
	if isBad := func(l string) bool { return strings.HasPrefix(l, "bad ") }; r.Well == slices.ContainsFunc(lines, isBad) || r.Target != target {
		t.Errorf("well: %t, target %q:\n%s", r.Well, r.Target, r.Text())
	}
	return lines
}

// says checks that exactly one line has the state and subject of want, and that
// its text begins so.
func says(t *testing.T, lines []string, want string) {
	t.Helper()
	for _, l := range lines {
		if strings.HasPrefix(strings.Join(strings.Fields(l), " "), want) {
			return
		}
	}
	t.Errorf("nothing begins with %q:\n%s", want, strings.Join(lines, "\n"))
}

// saysNot checks that no line has the beginning.
func saysNot(t *testing.T, lines []string, unwanted string) {
	t.Helper()
	for _, l := range lines {
		if strings.HasPrefix(strings.Join(strings.Fields(l), " "), unwanted) {
			t.Errorf("%q begins with %q", l, unwanted)
		}
	}
}

// subjects are the states and subjects of lines, each once, in order.
func subjects(lines []string) string {
	var all []string
	for _, l := range lines {
		state, rest, _ := strings.Cut(l, " ")
		what, _, _ := strings.Cut(strings.TrimSpace(rest), ":")
		if words := state + " " + what; !slices.Contains(all, words) {
			all = append(all, words)
		}
	}
	return strings.Join(all, ", ")
}

// TestCheckOfASoundContainer has nothing to complain of, in both families.
func TestCheckOfASoundContainer(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00::2/64"))
	lines := checked(t, "host-1")
	if got, want := subjects(lines), "ok lo, ok link, ok bridge, ok mtu, ok address, ok gateway, ok back, note outside, note dns"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	for _, want := range []string{
		"ok address: eth0 has 192.168.1.2/24", "ok address: eth0 has fd00::2/64",
		"ok gateway: 192.168.1.1 answers (", "ok gateway: fd00::1 answers (",
		"ok back: this host reaches 192.168.1.2 by mc0", "ok back: this host reaches fd00::2 by mc0",
		"ok mtu: 1500 bytes all the way to the bridge", "ok bridge: mc0 is up, and the port mc-host-1 forwards",
	} {
		says(t, lines, want)
	}
	by := checked(t, "/run/netns/host-1")
	says(t, by, "ok gateway: 192.168.1.1 answers (")
	saysNot(t, by, "note outside")
}

// TestCheckOfIPv6: what breaks it breaks nothing of IPv4.
func TestCheckOfIPv6(t *testing.T) {
	for _, c := range []struct{ breaks, mends, want string }{
		{"ip -n host-1 -6 route delete default", "ip -n host-1 -6 route add default via fd00::1 dev eth0",
			"bad route: there is no default route by eth0: who is not in its subnet is not reached: 'ip -n host-1 route add default via fd00::1 dev eth0'"},
		{"ip address delete fd00::1/64 dev mc0", "ip address add fd00::1/64 dev mc0 nodad",
			"bad gateway: fd00::1 does not answer: it is not on mc0, which has 192.168.1.1/24: 'ip address add fd00::1/64 dev mc0'"},
		{"ip -n host-1 address delete fd00::2/64 dev eth0", "ip -n host-1 address add fd00::2/64 dev eth0 nodad; ip -n host-1 -6 route replace default via fd00::1 dev eth0",
			"bad address: fd00::2/64 is not on eth0, which was given it: 'ip -n host-1 address add fd00::2/64 dev eth0'"},
		{"ip -n host-1 address delete fd00::2/64 dev eth0; ip -n host-1 address add fd00::2/126 dev eth0 nodad; ip -n host-1 -6 route replace default via fd00::1 dev eth0", "true",
			"bad address: eth0 has fd00::2/126, and was given fd00::2/64: who is beside it and who is not is mistaken"},
	} {
		t.Run(c.breaks, func(t *testing.T) {
			upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00::2/64"))
			run(t, "sh", "-ec", c.breaks)
			lines := checked(t, "host-1")
			says(t, lines, c.want)
			says(t, lines, "ok gateway: 192.168.1.1 answers (")
			saysNot(t, lines, "bad back")
			run(t, "sh", "-ec", c.mends)
			if c.mends != "true" {
				saysNot(t, checked(t, "host-1"), "bad")
			}
		})
	}
}

// TestCheckOfADuplicate names who else has the address: a container, or a
// stranger; of IPv6 the kernel itself has found out.
func TestCheckOfADuplicate(t *testing.T) {
	one, two := spec(t, "host-1", "192.168.1.2/24"), spec(t, "host-2", "192.168.1.3/24")
	two.Unguarded = true
	upFor(t, one)
	upFor(t, two)
	saysNot(t, checked(t, "host-1"), "bad")
	run(t, "ip", "-n", "host-2", "address", "add", "192.168.1.2/24", "dev", "eth0")
	lines := checked(t, "host-1")
	says(t, lines, "bad address: 192.168.1.2 is used twice on mc0: host-2 (")
	run(t, "ip", "-n", "host-2", "address", "delete", "192.168.1.2/24", "dev", "eth0")
	saysNot(t, checked(t, "host-1"), "bad")
	stranger(t, "mc0", "192.168.1.3/24")
	says(t, checked(t, "host-2"), "bad address: 192.168.1.3 is used twice on mc0: strange (")
	saysNot(t, checked(t, "host-1"), "bad")

	run(t, "nsenter", "--net="+strangersNetns(t), "ip", "address", "add", "fd00::9/64", "dev", "eth0", "nodad")
	run(t, "ip", "-n", "host-2", "address", "add", "fd00::9/64", "dev", "eth0")
	for end := time.Now().Add(20 * time.Second); !strings.Contains(ip(t, "-n", "host-2", "-6", "address", "show", "dadfailed"), "fd00::9"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the kernel finds no duplicate")
		}
	}
	says(t, checked(t, "host-2"), "bad address: fd00::9 is not used: somebody else answered when the kernel looked for it")
}

// strangersNetns is the file of the namespace that the link strange leads to.
func strangersNetns(t *testing.T) string {
	t.Helper()
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	l, err := host.conn.find("strange")
	if err != nil || l == nil {
		t.Fatal(l, err)
	}
	path, err := host.conn.netnsOf("", l)
	if err != nil || path == "" {
		t.Fatal(path, err)
	}
	return path
}

// TestCheckOfSeveralInterfaces blames the one that is broken.
func TestCheckOfSeveralInterfaces(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	if err := up(more(t, "host-1", "eth1", "lan2", "192.168.2.2/24")); err != nil {
		t.Fatal(err)
	}
	lines := checked(t, "host-1")
	saysNot(t, lines, "bad")
	says(t, lines, "ok address: eth1 has 192.168.2.2/24")
	says(t, lines, "ok route: the default route goes by another interface")
	run(t, "ip", "-n", "host-1", "address", "flush", "dev", "eth1")
	lines = checked(t, "host-1")
	says(t, lines, "bad address: 192.168.2.2/24 is not on eth1, which was given it: 'ip -n host-1 address add 192.168.2.2/24 dev eth1'")
	says(t, lines, "ok gateway: 192.168.1.1 answers")
	run(t, "ip", "link", "set", "lan2", "down")
	lines = checked(t, "host-1")
	says(t, lines, "bad bridge: lan2 is down: 'ip link set lan2 up'")
	says(t, lines, "ok bridge: mc0 is up")
}

// TestCheckOfTheirs: namespaces that others made, by every kind of link.
func TestCheckOfTheirs(t *testing.T) {
	holder := exec.Command("sleep", "60")
	holder.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET} // threads die here: no death signal
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = holder.Process.Kill()
		_ = holder.Wait()
		_ = exec.Command("ip", "link", "delete", "t0").Run()
	})
	path := fmt.Sprintf("/proc/%d/ns/net", holder.Process.Pid)
	inside := func(words string) {
		run(t, append([]string{"nsenter", "--net=" + path}, strings.Fields(words)...)...)
	}
	lines := checked(t, path)
	says(t, lines, "bad lo: is down, so nobody inside reaches 127.0.0.1: 'nsenter --net="+path+" ip link set lo up'")
	says(t, lines, "bad link: there is none but lo")
	inside("ip link set lo up")
	saysNot(t, checked(t, path), "bad lo")

	inside("ip link add d0 up type veth peer name d1")
	inside("ip link set d1 up")
	lines = checked(t, path)
	says(t, lines, "ok link: d0 is up; its other end is not on this host")
	says(t, lines, "bad address: d0 has none")
	inside("ip address add 10.9.0.2/24 dev d0")
	lines = checked(t, path)
	says(t, lines, "ok address: d0 has 10.9.0.2/24")
	says(t, lines, "note route: there is no default route by d0: who is not in its subnet is not reached")
	inside("ip link delete d0")

	run(t, "ip", "link", "add", "t0", "up", "type", "veth", "peer", "name", "eth0", "netns", fmt.Sprint(holder.Process.Pid))
	says(t, checked(t, path), "bad link: eth0 is down: 'nsenter --net="+path+" ip link set eth0 up'")
	inside("ip link set eth0 up")
	inside("ip address add 10.9.0.2/24 dev eth0")
	says(t, checked(t, path), "note bridge: t0 is plugged into none")
	foreignBridge(t, "10.9.0.1/24")
	run(t, "ip", "link", "set", "t0", "master", "br9")
	lines = checked(t, path)
	says(t, lines, "ok bridge: br9 is up, and the port t0 forwards")
	says(t, lines, "bad route: there is no default route by eth0: who is not in its subnet is not reached: 'nsenter --net="+path+" ip route add default via 10.9.0.1 dev eth0'")
	inside("ip route add default via 10.9.0.1")
	lines = checked(t, path)
	says(t, lines, "ok gateway: 10.9.0.1 answers")
	says(t, lines, "ok back: this host reaches 10.9.0.2 by br9")
	run(t, "ip", "link", "set", "t0", "mtu", "1300")
	says(t, checked(t, path), "bad mtu: eth0 sends packets of 1500 bytes, and t0 takes 1300: 'nsenter --net="+path+" ip link set eth0 mtu 1300'")
	run(t, "ip", "link", "set", "t0", "down")
	says(t, checked(t, path), "bad link: t0, the host's end of eth0, is down: 'ip link set t0 up'")
}

// TestCheckOfNobody is an error, not a finding.
func TestCheckOfNobody(t *testing.T) {
	for target, want := range map[Target]string{
		{Name: "nobody"}:       "nobody: no such container",
		{Path: "/etc/passwd"}:  "/etc/passwd: is no network namespace",
		{Path: "/run/netns/x"}: "/run/netns/x: no such file or directory",
	} {
		if r, err := Check(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %+v, %v", target, r, err)
		}
	}
}

// TestNameServers: those of the file are asked, from inside; a line that is no
// address is said, and so is this host's own server, which is not inside.
func TestNameServers(t *testing.T) {
	s := spec(t, "host-1", "192.168.1.2/24")
	upFor(t, s)
	in, err := enter("/run/netns/host-1")
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	server, err := net.ListenPacket("udp", "192.168.1.1:53")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go answer(server)
	for _, c := range []struct{ conf, want, not string }{
		{"nameserver 192.168.1.1\n", "ok dns: 192.168.1.1 answers (F)", "bad"},
		{"# nameserver 10.0.0.1\nsearch example\nnameserver\n", "note dns: F names no server", "bad"},
		{"nameserver 192.168.1.300\nnameserver 192.168.1.1\n", `bad dns: F: "192.168.1.300" is no address`, "note"},
		{"nameserver 127.0.0.53\n", "bad dns: 127.0.0.53 (F) is this host's own: inside, nobody listens there: --dns says another", "ok dns"},
		{"nameserver 10.1.2.3\n", "note dns: 10.1.2.3 (F) is further away than this network leads", "bad"},
		{"nameserver 192.168.1.9\n", "bad dns: 192.168.1.9 (F) does not answer: ", "ok dns"},
	} {
		k := &checkup{in: in, c: &Container{Name: "host-1"}}
		if k.routes, err = in.conn.routes(&ipv4); err != nil {
			t.Fatal(err)
		}
		servers := k.parseResolvers(c.conf, "F")
		if err := k.askAll(servers, "F"); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(k.Text(), "\n")
		says(t, lines, c.want)
		saysNot(t, lines, c.not)
	}
}

// answer says of every question that it was heard.
func answer(c net.PacketConn) {
	packet := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(packet)
		if err != nil {
			return
		}
		packet[2] |= 0x80
		_, _ = c.WriteTo(packet[:n], from)
	}
}

// TestPing hears itself, and nothing where nobody is.
func TestPing(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00::2/64"))
	for to, want := range map[string]bool{"192.168.1.2": true, "fd00::2": true, "192.168.1.9": false, "10.1.2.3": false, "fd01::1": false} {
		if got, err := ping(netip.MustParseAddr(to)); got != want || err != nil {
			t.Errorf("%s: %t, %v", to, got, err)
		}
	}
}

// TestPublishedPorts: who listens where the port leads, and who only seems to.
func TestPublishedPorts(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	in, err := enter("/run/netns/host-1")
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	var closers []func() error
	if err := visit(in.fd, func() error {
		for _, at := range [][2]string{{"tcp", "192.168.1.2:80"}, {"tcp", "127.0.0.1:81"}, {"udp", "192.168.1.2:53"}} {
			closers = append(closers, listen(t, at[0], at[1]))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, c := range closers {
			_ = c()
		}
	}()
	k := &checkup{in: in, c: &Container{
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.1.2/24")},
		Published: []Publish{{HostPort: 8080, Port: 80}, {HostPort: 8081, Port: 81}, {HostPort: 8082, Port: 82}, {HostPort: 53, Port: 53, UDP: true}, {HostPort: 80, Port: 80, UDP: true}},
	}}
	if err := k.published(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(k.Text(), "\n")
	for _, want := range []string{
		"ok published: 8080:80: somebody inside listens",
		"bad published: 8081:81: nobody inside listens at tcp port 81, but at 127.0.0.1, which is not reached from outside",
		"bad published: 8082:82: nobody inside listens at tcp port 82",
		"ok published: 53:53/udp: somebody inside listens",
		"bad published: 80:80/udp: nobody inside listens at udp port 80",
	} {
		says(t, lines, want)
	}
}

// TestPortOf finds the port behind which a station is by the bridge's table.
func TestPortOf(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	upFor(t, spec(t, "host-2", "192.168.1.3/24"))
	run(t, "busybox", "ping", "-c", "1", "-W", "5", "192.168.1.3")
	c, err := Find("host-2")
	if err != nil {
		t.Fatal(err)
	}
	mac, err := net.ParseMAC(c.MAC)
	if err != nil {
		t.Fatal(err)
	}
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	b, err := host.conn.find("mc0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := host.conn.portOf(b, mac)
	if err != nil || l == nil || l.Name != "mc-host-2" {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := host.conn.portOf(b, net.HardwareAddr{2, 0, 0, 0, 0, 99}); err != nil || l != nil {
		t.Errorf("%+v, %v of one who never spoke", l, err)
	}
}

// TestResident finds a process under a root of its own, whose files count
// inside; one that has this host's is none.
func TestResident(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	in, err := enter(name.Name("host-1").Netns())
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	root := t.TempDir()
	start := func(words ...string) int {
		c := exec.Command("nsenter", append([]string{"--net=/run/netns/host-1"}, words...)...)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Process.Kill()
			_ = c.Wait()
		})
		return c.Process.Pid
	}
	start("sleep", "60")
	if pid, err := resident(in.fd); err != nil || pid != "" {
		t.Errorf("%s, %v", pid, err)
	}
	for _, f := range []struct{ path, from string }{{"/bin/busybox", ""}} {
		text, err := os.ReadFile(f.path)
		if err == nil {
			err = os.WriteFile(root+"/busybox", text, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pid := start("chroot", root, "/busybox", "sleep", "60")
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		found, err := resident(in.fd)
		if err == nil && found == fmt.Sprint(pid) {
			break
		}
		if err != nil || time.Now().After(end) {
			t.Fatalf("%q, %v: not process %d", found, err, pid)
		}
	}
	conf := func() string {
		k := &checkup{in: in, c: &Container{Name: "host-1"}}
		text, from, err := k.resolvConf()
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(from, fmt.Sprint(pid), "N") + ": " + text
	}
	if got := conf(); strings.Contains(got, "process") {
		t.Errorf("a root without the file: %q", got)
	}
	if err := os.Mkdir(root+"/etc", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+"/etc/resolv.conf", []byte("nameserver 10.0.0.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := conf(); got != "/etc/resolv.conf of process N: nameserver 10.0.0.1\n" {
		t.Errorf("%q", got)
	}
}
