package network

import (
	"net"
	"net/netip"
	"testing"
)

// TestAnswers: only who says that he himself has the very address is believed.
func TestAnswers(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 7}
	four, six := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")
	told := netip.MustParseAddr("ff02::1")
	tell := func(from netip.Addr, kind byte, target netip.Addr) []byte {
		return neighbour(from, told, kind, target.AsSlice())
	}
	reply := question(mac, four)
	copy(reply[14:18], four.AsSlice()) // it is the sender's own
	for what, c := range map[string]struct {
		enquiry enquiry
		packet  []byte
		want    bool
	}{
		"a reply":                       {arp(mac, four), reply, true},
		"the question":                  {arp(mac, four), question(mac, four), false},
		"a reply cut short":             {arp(mac, four), reply[:arpLen-1], false},
		"nothing of ARP":                {arp(mac, four), nil, false},
		"another's reply":               {arp(mac, netip.MustParseAddr("192.0.2.8")), reply, false},
		"an advertisement":              {ndp(six), tell(six, advertisement, six), true},
		"an advertisement of another":   {ndp(six), tell(six, advertisement, told), false},
		"a solicitation":                {ndp(six), ndp(six).question, false},
		"an advertisement cut short":    {ndp(six), tell(six, advertisement, six)[:headerLen+neighbourLen-1], false},
		"nothing of IPv6":               {ndp(six), nil, false},
		"a packet that is no ICMPv6":    {ndp(six), notICMP(tell(six, advertisement, six)), false},
		"IPv4 has nothing to say of it": {ndp(six), reply, false},
	} {
		if got := c.enquiry.answer(c.packet, mac); (got != nil) != c.want || got != nil && got.String() != mac.String() {
			t.Errorf("%s: %s", what, got)
		}
	}
}

func notICMP(packet []byte) []byte {
	packet[6] = 17
	return packet
}

func TestSubnetText(t *testing.T) {
	for in, want := range map[string]bool{
		"10.77.0.0/24": true, "fd00::/64": true,
		"10.77.0.1/24": false, "10.77.0.0": false, "10.77.0.0/31": false, "x": false, "fd00::1/64": false, "::ffff:10.0.0.0/120": false,
	} {
		var n Subnet
		if err := n.UnmarshalText([]byte(in)); (err == nil) != want || err == nil && n.String() != in {
			t.Errorf("%q: %v, %v", in, n, err)
		}
	}
}
