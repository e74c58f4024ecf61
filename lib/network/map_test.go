package network

import (
	"encoding/json"
	"strconv"
	"testing"
)

// TestMap sees bridges, ports of ours and of others, links, and containers that
// hang on nothing, and no link that is about to go.
func TestMap(t *testing.T) {
	upFor(t, spec(t, "host-2", "192.168.1.3/24"))
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	foreignBridge(t)
	stranger(t, "mc0", "192.168.1.77/24")
	run(t, "ip", "link", "add", "d0", "type", "veth", "peer", "name", "d1")
	t.Cleanup(func() { ip(t, "link", "delete", "d0") })
	run(t, "ip", "link", "set", "d1", "group", strconv.Itoa(group), "name", retiredPrefix+"1") // on its way out
	run(t, "ip", "link", "set", "mc-host-2", "down")
	m, err := Look()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Bridges) != 2 || m.Bridges[0].Link != "br9" || m.Bridges[0].Ours || !m.Bridges[1].Ours {
		t.Fatalf("%+v", m.Bridges)
	}
	ports := m.Bridges[1].Ports
	if len(ports) != 3 || ports[0].Container.Name != "host-1" || ports[1].Container.State != StateDown || ports[2].Container != nil {
		t.Errorf("%+v", ports)
	}
	if ports[2].Link != "strange" || ports[2].Netns == "" || !ports[0].Up || ports[1].Up {
		t.Errorf("%+v", ports)
	}
	if len(m.Links) != 1 || m.Links[0].Link != "d0" || m.Links[0].Kind != "veth" || len(m.Loose) != 0 {
		t.Errorf("%+v, %+v", m.Links, m.Loose)
	}
	run(t, "ip", "link", "set", "mc-host-1", "nomaster")
	if m, err = Look(); err != nil || len(m.Loose) != 1 || m.Loose[0].Name != "host-1" || len(m.Links) != 1 {
		text, _ := json.Marshal(m)
		t.Errorf("%s, %v", text, err)
	}
	run(t, "ip", "link", "set", "mc-host-1", "master", "mc0")
}

// TestHeld tells the addresses that a link makes for itself from those that it
// was given, with the flags of each.
func TestHeld(t *testing.T) {
	upFor(t, wishes(t, "host-1", "192.168.1.2/24", "fd00::2/64"))
	in, err := enter("/run/netns/host-1")
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	eth, err := in.conn.find("eth0")
	if err != nil {
		t.Fatal(err)
	}
	all, err := in.conn.held(eth.Index)
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for _, h := range all {
		if h.own() {
			own++
		}
	}
	prefixes, err := in.conn.addresses(eth.Index)
	if err != nil || len(prefixes) != 2 || len(all)-own != 2 {
		t.Errorf("%v of %v, %v", prefixes, all, err)
	}
	if _, err := parseHeld([]byte{2, 24, 0, 0, 1, 0, 0, 0, 200, 0, 1, 0}); err == nil {
		t.Error("half an attribute was read")
	}
}
