package network

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// more is a spec of one more interface.
func more(t *testing.T, n, ifname, bridge, ip string) Spec {
	s := spec(t, n, ip)
	s.Ifname, s.Bridge = Interface(ifname), Interface(bridge)
	return s
}

func TestSeveralInterfaces(t *testing.T) {
	_ = os.MkdirAll(name.Folder, 0o755) // it stays, when one test has made it
	before := state(t)
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	for _, s := range []Spec{more(t, "host-1", "eth1", "lan2", "192.168.2.2/24"), more(t, "host-1", "eth1.5", "mc0", "192.168.1.3/24")} {
		if err := up(s); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, more(t, "host-1", "eth1", "lan3", "192.168.3.2/24"), "has an eth1 already: 'mc-net down host-1 --ifname eth1' removes it")
	refused(t, more(t, "host-1", "eth0", "lan3", "192.168.3.2/24"), "has an eth0 already")
	refused(t, spec(t, "host-1", "192.168.3.2/24"), "is there already: 'mc-net down host-1' removes it")
	refused(t, more(t, "host-1", "eth2", "lan2", "192.168.2.2/24"), "address 192.168.2.2 is in use by host-1")
	routes := ip(t, "-n", "host-1", "route")
	if strings.Count(routes, "default") != 1 || !strings.Contains(routes, "default via 192.168.1.1 dev eth0") || !strings.Contains(routes, "192.168.2.0/24 dev eth1 ") {
		t.Error(routes)
	}
	if _, err := exec.Command("busybox", "ping", "-c", "1", "-W", "2", "192.168.2.2").CombinedOutput(); err != nil {
		t.Error(err)
	}
	c, err := Find("host-1")
	if err != nil || len(c.Further) != 2 || c.Further[0].Interface+c.Further[1].Interface != "eth1eth1.5" || c.Further[0].Bridge != "lan2" {
		text, _ := json.Marshal(c)
		t.Errorf("%s, %v", text, err)
	}
	if all, err := List(); err != nil || len(all) != 3 || all[2].Name != "host-1" {
		t.Errorf("%+v, %v", all, err)
	}
	for what, want := range map[Interface]string{"eth0": "is its first interface", "eth7": "", "eth1": ""} {
		err := remove(Removal{Name: "host-1", Ifname: what})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if links := ip(t, "-n", "host-1", "link"); strings.Contains(links, "eth1@") || !strings.Contains(links, "eth1.5@") {
		t.Error(links)
	}
	if err := down("host-1"); err != nil {
		t.Fatal(err)
	}
	settle(t)
	if after := state(t); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func remove(r Removal) error {
	plan, err := Down(r)
	if err != nil {
		return err
	}
	defer plan.Close()
	return plan.Steps.Run(step.Silent)
}

// TestAllInterfacesOfTheDead go at once, and those in a namespace of somebody
// else's too, which stays.
func TestAllInterfacesOfTheDead(t *testing.T) {
	_ = os.MkdirAll(name.Folder, 0o755) // it stays, when one test has made it
	before := state(t)
	holder := exec.Command("sleep", "60")
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	s := spec(t, "host-1", "192.168.1.2/24")
	if err := s.Owner.UnmarshalText(fmt.Append(nil, holder.Process.Pid)); err != nil {
		t.Fatal(err)
	}
	if err := up(s); err != nil {
		t.Fatal(err)
	}
	if err := up(more(t, "host-1", "eth1", "lan2", "192.168.2.2/24")); err != nil {
		t.Fatal(err)
	}
	c, err := Find("host-1")
	if err != nil || c.Further[0].Owner != holder.Process.Pid {
		t.Errorf("%+v, %v", c, err)
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	// Who wants the address of its second interface heals it as well.
	s = spec(t, "host-2", "192.168.2.2/24")
	s.Bridge = "lan2"
	if plan, err := Up(s); err != nil || !strings.Contains(explained(t, plan.Steps), "host-1") {
		t.Errorf("%v", err)
	} else {
		plan.Close()
	}
	plan, removed, err := Dead()
	if err != nil || strings.Join(removed, " ") != "host-1" {
		t.Fatalf("%v, %v", removed, err)
	}
	if err := plan.Steps.Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	plan.Close()
	if plan, _, err = Empty(); err == nil {
		err = plan.Steps.Run(step.Silent)
	}
	if err != nil {
		t.Fatal(err)
	}
	settle(t)
	if after := state(t); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func TestInterfacesInANamespaceOfTheirs(t *testing.T) {
	ip(t, "netns", "add", "theirs")
	t.Cleanup(func() { ip(t, "netns", "delete", "theirs") })
	s := more(t, "host-1", "net0", "mc0", "192.168.1.2/24")
	s.Netns = NetnsPath("theirs")
	if err := up(s); err != nil {
		t.Fatal(err)
	}
	if err := up(more(t, "host-1", "net1", "lan2", "192.168.2.2/24")); err != nil {
		t.Fatal(err)
	}
	if links := ip(t, "-n", "theirs", "link"); !strings.Contains(links, "net0@") || !strings.Contains(links, "net1@") {
		t.Error(links)
	}
	if err := down("host-1"); err != nil {
		t.Fatal(err)
	}
	if links := ip(t, "-n", "theirs", "link"); strings.Contains(links, "net") {
		t.Error(links)
	}
}

func TestRate(t *testing.T) {
	for in, want := range map[string]string{
		"10mbit": "10mbit", "0.5mbit": "500kbit", "1gbit": "1gbit", "8kbit": "8kbit", "8000bit": "8kbit", "1.5Gbit": "1500mbit",
		"7kbit": "", "0": "", "10": "", "10M": "", "-1mbit": "", "mbit": "", "nanmbit": "", "1e30tbit": "",
	} {
		var r Rate
		if err := r.UnmarshalText([]byte(in)); (err == nil) != (want != "") || err == nil && r.String() != want {
			t.Errorf("%q: %s, %v", in, r, err)
		}
	}
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Rate = 10e6
	upFor(t, s)
	for _, q := range []string{run(t, "tc", "qdisc", "show", "dev", "mc-host-1"), run(t, "tc", "-n", "host-1", "qdisc", "show", "dev", "eth0")} {
		if !strings.Contains(q, "tbf") || !strings.Contains(q, "rate 10Mbit burst 32Kb") {
			t.Error(q)
		}
	}
}

func run(t *testing.T, words ...string) string {
	t.Helper()
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", words, out)
	}
	return string(out)
}

// TestTheGatewayIsAContainer: its address stays its own, on a bridge that has
// none; a gateway that nobody has is the bridge's.
func TestTheGatewayIsAContainer(t *testing.T) {
	router := spec(t, "router", "192.168.1.254/24")
	router.Gateways = []Gateway{{None: true}}
	upFor(t, router)
	behind := func(n, at, gateway string) Spec {
		s := spec(t, n, at)
		s.Gateways = []Gateway{{Addr: address(t, gateway+"/24").Addr()}}
		return s
	}
	upFor(t, behind("host-1", "192.168.1.2/24", "192.168.1.254"))
	if has := ip(t, "-4", "address", "show", "dev", "mc0"); strings.Contains(has, "inet") {
		t.Errorf("the bridge has %s", has)
	}
	if routes := ip(t, "-n", "host-1", "route"); !strings.Contains(routes, "default via 192.168.1.254 ") {
		t.Error(routes)
	}
	stranger(t, "mc0", "192.168.1.77/24")
	upFor(t, behind("host-2", "192.168.1.3/24", "192.168.1.77"))
	if has := ip(t, "-4", "address", "show", "dev", "mc0"); strings.Contains(has, "inet") {
		t.Errorf("the bridge has %s", has)
	}
	upFor(t, behind("host-3", "192.168.1.4/24", "192.168.1.7"))
	if has := ip(t, "-4", "address", "show", "dev", "mc0"); !strings.Contains(has, "192.168.1.7/24") {
		t.Errorf("the bridge has %s", has)
	}
}

// TestTheSubnetOfTheContainers: a bridge without an address has that of those
// who are on it.
func TestTheSubnetOfTheContainers(t *testing.T) {
	first := spec(t, "host-1", "10.5.6.7/24")
	first.Gateways = []Gateway{{None: true}}
	upFor(t, first)
	s := wishes(t, "host-2", "auto")
	s.Gateways = first.Gateways
	upFor(t, s)
	if g := got(t, "host-2"); g != "[10.5.6.1/24]" { // no gateway, which would be the first
		t.Error(g)
	}
	s = wishes(t, "host-3", "auto6")
	s.Gateways = first.Gateways
	upFor(t, s)
	if g := got(t, "host-3"); g != "[fd6d:63::1/64]" {
		t.Error(g)
	}
}

// TestHalfOfAnInterface: what a killed up leaves of a further interface goes
// with the container, and is in the way of nobody.
func TestHalfOfAnInterface(t *testing.T) {
	_ = os.MkdirAll(name.Folder, 0o755)
	before := state(t)
	for steps := 1; ; steps++ {
		s := spec(t, "host-1", "192.168.1.2/24")
		if err := up(s); err != nil {
			t.Fatal(err)
		}
		plan, err := Up(more(t, "host-1", "eth1", "lan2", "192.168.2.2/24"))
		if err != nil {
			t.Fatal(err)
		}
		all := len(plan.Steps)
		if err := plan.Steps[:min(steps, all)].Run(step.Silent); err != nil {
			t.Fatal(err)
		}
		plan.Close()
		again := more(t, "host-1", "eth1", "lan2", "192.168.2.2/24")
		if err := up(again); err != nil && !strings.Contains(err.Error(), "has an eth1 already") {
			t.Fatalf("once more after %d steps: %v", steps, err)
		}
		if err := down("host-1"); err != nil {
			t.Fatal(err)
		}
		if plan, _, err = Dead(); err == nil {
			err = plan.Steps.Run(step.Silent)
		}
		if err != nil {
			t.Fatal(err)
		}
		plan.Close()
		if plan, _, err = Empty(); err == nil {
			err = plan.Steps.Run(step.Silent)
		}
		if err != nil {
			t.Fatal(err)
		}
		plan.Close()
		settle(t)
		if after := state(t); after != before {
			t.Fatalf("after %d steps\nbefore %s\nafter %s", steps, before, after)
		}
		if steps >= all {
			return
		}
	}
}
