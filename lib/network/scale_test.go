package network

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestAFullBridge: the kernel's bound is said with its number, and what was
// made up to there is undone; another bridge is the way out.
func TestAFullBridge(t *testing.T) {
	foreignBridge(t, "10.8.0.1/16")
	var batch strings.Builder
	for i := range maxPorts {
		fmt.Fprintf(&batch, "link add p%d group 77 master br9 type veth peer name q%d\n", i, i)
	}
	add := exec.Command("ip", "-batch", "-")
	add.Stdin = strings.NewReader(batch.String())
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { ip(t, "link", "delete", "group", "77") }) // at once: one by one takes half a minute
	s := spec(t, "host-1", "10.8.0.2/16")
	s.Bridge = "br9"
	refusedOnTheWay(t, s, "the bridge br9 is full: it has its 1023 ports: take another --bridge")
	k, err := newAsker()
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	ports, err := k.ports("br9")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, index := range ports {
		if index != 0 {
			seen++
		}
	}
	if seen != maxPorts {
		t.Errorf("%d ports are seen", seen)
	}
	s.Bridge = DefaultBridge
	refused(t, s, "this host reaches 10.8.0.0/16 through br9 already: take a subnet that is free, as 192.168.1.0/24, or the --bridge that has it")
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
}
