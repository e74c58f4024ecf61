package network

import (
	"fmt"
	"net"
)

// Bounds of --mtu: the least that IPv4 works with (RFC 791) and IPv6 (RFC
// 8200), and the most that veth takes (ETH_MAX_MTU less the header of Ethernet).
const (
	minMTU  = 68
	minMTU6 = 1280
	maxMTU  = 65521
)

// MAC is a hardware address that a station can have.
type MAC net.HardwareAddr

// UnmarshalText takes 02:00:00:00:00:01, or says what is wrong with it.
func (m *MAC) UnmarshalText(t []byte) error {
	a, err := net.ParseMAC(string(t))
	switch {
	case err != nil || len(a) != 6:
		return fmt.Errorf("%q: is no MAC address, as 02:00:00:00:00:01", t)
	case a[0]&1 != 0:
		return fmt.Errorf("%s: is a multicast address: the first byte must be even", a)
	case a.String() == "00:00:00:00:00:00":
		return fmt.Errorf("%s: is nobody's address", a)
	}
	*m = MAC(a)
	return nil
}

// MTU is the largest packet of a link, in bytes. Zero leaves it to the kernel.
type MTU int

// UnmarshalText takes a number of bytes.
func (m *MTU) UnmarshalText(t []byte) error {
	var n int
	if _, err := fmt.Sscanf(string(t)+" ", "%d ", &n); err != nil || n < minMTU || n > maxMTU {
		return fmt.Errorf("%q: an MTU is a number from %d to %d", t, minMTU, maxMTU)
	}
	*m = MTU(n)
	return nil
}
