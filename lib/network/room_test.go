package network

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mini-container/lib/name"
)

// refused checks that up says want, and that nothing is changed.
func refused(t *testing.T, s Spec, want string) {
	t.Helper()
	before := state(t)
	if err := up(s); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if after := state(t); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// stranger is a machine on a bridge that we did not put there.
func stranger(t *testing.T, bridge, address string) {
	t.Helper()
	holder := exec.Command("sleep", "60")
	// Threads die here: a death signal would come with any of them.
	holder.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	pid := fmt.Sprint(holder.Process.Pid)
	ip(t, "link", "add", "strange", "master", bridge, "up", "type", "veth", "peer", "name", "eth0", "netns", pid)
	for _, words := range []string{"link set eth0 up", "address add " + address + " dev eth0"} {
		out, err := exec.Command("nsenter", append([]string{"--net=/proc/" + pid + "/ns/net", "ip"}, strings.Fields(words)...)...).CombinedOutput()
		if err != nil {
			t.Fatal(string(out))
		}
	}
	t.Cleanup(func() {
		_ = holder.Process.Kill()
		_ = holder.Wait()
		_ = exec.Command("ip", "link", "delete", "strange").Run()
	})
}

func foreignBridge(t *testing.T, addresses ...string) {
	t.Helper()
	// With an address of its own: else the kernel gives it its ports' lowest.
	ip(t, "link", "add", "br9", "address", "02:00:00:00:00:09", "up", "type", "bridge")
	t.Cleanup(func() { ip(t, "link", "delete", "br9") })
	for _, a := range addresses {
		ip(t, "address", "add", a, "dev", "br9")
	}
}

func TestAStrangersAddressIsRefused(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	stranger(t, "mc0", "192.168.1.77/24")
	refused(t, spec(t, "host-2", "192.168.1.77/24"), "address 192.168.1.77 is in use on mc0 by ")
	start := time.Now()
	upFor(t, spec(t, "host-2", "192.168.1.78/24"))
	if took := time.Since(start); took < 3*probeEvery || took > time.Second {
		t.Errorf("the probe took %s", took)
	}
}

func TestAmongOurselvesNobodyWaitsForAProbe(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	start := time.Now()
	upFor(t, spec(t, "host-2", "192.168.1.3/24"))
	if took := time.Since(start); took >= probeEvery {
		t.Errorf("it took %s", took)
	}
}

func TestAStrangerOnAForeignBridgeIsRefused(t *testing.T) {
	foreignBridge(t, "192.168.1.1/24")
	stranger(t, "br9", "192.168.1.77/24")
	s := spec(t, "host-1", "192.168.1.77/24")
	s.Bridge = "br9"
	refused(t, s, "address 192.168.1.77 is in use on br9 by ")
}

func TestAForeignBridgeIsUsedAndNeverAltered(t *testing.T) {
	foreignBridge(t)
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Bridge = "br9"
	refused(t, s, "ip address add 192.168.1.1/24 dev br9")
	before := state(t)
	s.Gateways = []Gateway{{None: true}}
	if err := up(s); err != nil {
		t.Fatal(err)
	}
	if routes := ip(t, "-n", "host-1", "route"); strings.Contains(routes, "default") {
		t.Error(routes)
	}
	if err := down(s.Name); err != nil {
		t.Fatal(err)
	}
	ip(t, "address", "add", "192.168.1.99/24", "dev", "br9")
	s.Gateways = nil
	if err := up(s); err != nil {
		t.Fatal(err)
	}
	if routes := ip(t, "-n", "host-1", "route"); !strings.Contains(routes, "default via 192.168.1.99 ") {
		t.Error(routes)
	}
	if err := down(s.Name); err != nil {
		t.Fatal(err)
	}
	ip(t, "address", "delete", "192.168.1.99/24", "dev", "br9")
	if after := state(t); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func TestSubnetsThatAreElsewhere(t *testing.T) {
	ip(t, "link", "add", "wan0", "up", "type", "veth", "peer", "name", "wan1")
	ip(t, "link", "set", "wan1", "up")
	t.Cleanup(func() { ip(t, "link", "delete", "wan0") })
	ip(t, "address", "add", "192.168.5.7/24", "dev", "wan0")
	refused(t, spec(t, "host-1", "192.168.5.2/24"), "this host reaches 192.168.5.0/24 through wan0 already")
	refused(t, spec(t, "host-1", "192.168.1.2/16"), "this host reaches 192.168.5.0/24 through wan0 already")
	refused(t, spec(t, "host-1", "192.168.5.7/16"), "address 192.168.5.7 is this host's own (wan0)")
	refused(t, spec(t, "host-1", "192.168.5.255/16"), "is a broadcast address of this host's subnets (wan0)")

	ip(t, "route", "add", "10.0.0.0/8", "dev", "wan0")
	refused(t, spec(t, "host-1", "10.1.2.3/24"), "this host reaches 10.0.0.0/8 through wan0 already")
	for _, everywhere := range []string{"default", "0.0.0.0/1", "128.0.0.0/1"} {
		ip(t, "route", "add", everywhere, "dev", "wan0")
	}
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))

	s := spec(t, "host-2", "10.1.2.3/24")
	s.Gateways = []Gateway{{None: true}} // an island: the host need not reach it
	upFor(t, s)
}

func TestGateways(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	refused(t, spec(t, "host-2", "192.168.1.1/24"), "address 192.168.1.1 is the bridge's own (mc0)")
	refused(t, spec(t, "host-2", "192.168.2.1/24"), "address 192.168.2.1 is the gateway's own")
	for gateway, want := range map[string]string{
		"192.168.1.3":   "is the gateway's own",
		"192.168.2.1":   "not in the subnet 192.168.1.0/24",
		"192.168.1.0":   "network or broadcast",
		"192.168.1.255": "network or broadcast",
	} {
		s := spec(t, "host-2", "192.168.1.3/24")
		s.Gateways = []Gateway{{Addr: netip.MustParseAddr(gateway)}}
		refused(t, s, want)
	}
	s := spec(t, "host-3", "192.168.3.3/24")
	s.Gateways = []Gateway{{Addr: netip.MustParseAddr("192.168.3.254")}}
	upFor(t, s)
	upFor(t, spec(t, "host-4", "192.168.3.4/24")) // takes what the bridge has
	if routes := ip(t, "-n", "host-4", "route"); !strings.Contains(routes, "default via 192.168.3.254 ") {
		t.Error(routes)
	}
}

func TestNamesAndPlacesThatAreRefused(t *testing.T) {
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Bridge = "lo"
	refused(t, s, "lo: is no bridge but a ")
	s = spec(t, "host-1", "192.168.1.2/24")
	s.Netns = "/etc/passwd"
	refused(t, s, "/etc/passwd: is no network namespace")
	s.Netns = "/proc/self/ns/mnt"
	refused(t, s, "/proc/self/ns/mnt: is no network namespace")
	s.Netns = "/proc/self/ns/net"
	refused(t, s, "is this host's own network namespace")
	s.Netns = NetnsPath("nobody")
	refused(t, s, "/run/netns/nobody: no such file")
	if _, err := ProcessNetns(1 << 30); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Error(err)
	}
	upFor(t, in("", s))
	refused(t, in("", s), "is there already: 'mc-net down host-1' removes it")
	refused(t, spec(t, "host-2", "192.168.1.2/24"), "address 192.168.1.2 is in use by host-1")
	other := spec(t, "host-2", "192.168.1.3/24")
	refused(t, in("/run/netns/host-1", other), "has an eth0 already")
}

func in(netns string, s Spec) Spec { s.Netns = netns; return s }

func TestAFileThatIsNotOfOursStays(t *testing.T) {
	_ = os.Mkdir(name.Folder, 0o755)
	s := spec(t, "host-1", "192.168.1.2/24")
	if err := os.WriteFile(s.Name.Netns(), []byte("a diary\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(t, s, "is a file with a content")
	if err := down(s.Name); err == nil {
		t.Error("down said nothing")
	}
	if text, err := os.ReadFile(s.Name.Netns()); err != nil || string(text) != "a diary\n" {
		t.Error(string(text), err)
	}
	_ = os.Remove(s.Name.Netns())
}

func TestABridgeThatIsFull(t *testing.T) {
	foreignBridge(t, "192.168.1.1/24")
	batch := exec.Command("ip", "-batch", "-")
	var lines strings.Builder
	for i := range maxPorts/2 + 1 {
		fmt.Fprintf(&lines, "link add d%d group 77 type veth peer name e%d group 77\n", i, i)
		fmt.Fprintf(&lines, "link set d%d master br9\n", i)
		if i < maxPorts/2 {
			fmt.Fprintf(&lines, "link set e%d master br9\n", i)
		}
	}
	batch.Stdin = strings.NewReader(lines.String())
	// In one message: one by one takes half a minute.
	t.Cleanup(func() { ip(t, "link", "delete", "group", "77") })
	if out, err := batch.CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Bridge = "br9"
	refused(t, s, "the bridge br9 is full: it has its 1023 ports")
}
