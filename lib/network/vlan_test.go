package network

import (
	"strings"
	"testing"
)

func TestVLANText(t *testing.T) {
	for in, want := range map[string]bool{"1": true, "4094": true, "0": false, "4095": false, "4096": false, "-1": false, "x": false, "": false} {
		var v VLAN
		if err := v.UnmarshalText([]byte(in)); (err == nil) != want {
			t.Errorf("%q: %v, %v", in, v, err)
		}
	}
}

// TestVLANsOnABridgeOfTheirs: it is said what its owner can do, and nothing is
// done. What the kernel can do is tested where it can.
func TestVLANsOnABridgeOfTheirs(t *testing.T) {
	foreignBridge(t, "10.9.0.1/24")
	s := spec(t, "host-1", "10.9.0.2/24")
	s.Bridge, s.VLAN = "br9", 7
	refused(t, s, "the bridge br9 does not tell VLANs apart: 'ip link set br9 type bridge vlan_filtering 1' makes it")
	s.Bridge = DefaultBridge
	s.Addresses[0] = address(t, "192.168.1.2/24")
	plan, err := Up(s)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	script := explained(t, plan.Steps)
	for _, want := range []string{"ip link set mc0 type bridge vlan_filtering 1\n", "bridge vlan delete dev mc-host-1 vid 1 && bridge vlan add dev mc-host-1 vid 7 pvid untagged\n"} {
		if !strings.Contains(script, want) {
			t.Errorf("no %q in\n%s", want, script)
		}
	}
	if strings.Contains(script, "default via") || strings.Contains(script, "192.168.1.1/24") {
		t.Errorf("the host is not in it:\n%s", script)
	}
}
