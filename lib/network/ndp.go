package network

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Types of ICMPv6 (RFC 4861, 4.3 and 4.4), and lengths of the packets.
const (
	solicitation  = 135
	advertisement = 136
	headerLen     = 40 // of IPv6
	neighbourLen  = 24 // of either type, without options
)

// ndp is the probe of RFC 4862, 5.4.2: a neighbour solicitation whose sender is
// the unspecified address. Who has the address answers to all nodes.
func ndp(a netip.Addr) enquiry { return solicit(netip.IPv6Unspecified(), nil, a) }

// solicit asks for an address as one that has an address and a hardware address
// of its own, to which the answer comes (RFC 4861, 7.2.2).
func solicit(from netip.Addr, mac net.HardwareAddr, a netip.Addr) enquiry {
	target := a.As16()
	group := netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff, 13: target[13], 14: target[14], 15: target[15]})
	return enquiry{
		protocol: unix.ETH_P_IPV6, to: net.HardwareAddr{0x33, 0x33, 0xff, target[13], target[14], target[15]},
		question: neighbour(from, group, solicitation, append(target[:], sourceOption(mac)...)),
		answer: func(packet []byte, from net.HardwareAddr) net.HardwareAddr {
			if len(packet) < headerLen+neighbourLen || packet[6] != unix.IPPROTO_ICMPV6 || packet[headerLen] != advertisement {
				return nil
			}
			if !bytes.Equal(packet[headerLen+8:headerLen+neighbourLen], target[:]) {
				return nil
			}
			return bytes.Clone(from)
		},
	}
}

// sourceOption is the option that tells the sender's hardware address (RFC 4861,
// 4.6.1), in units of eight bytes.
func sourceOption(mac net.HardwareAddr) []byte {
	if mac == nil {
		return nil
	}
	const source, units = 1, 1
	return append([]byte{source, units}, mac...)
}

// neighbour is an IPv6 packet of a type that tells or asks of a neighbour: a
// target, with or without an option.
func neighbour(from, to netip.Addr, kind byte, target []byte) []byte {
	message := append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, target...)
	pseudo := append(from.AsSlice(), to.AsSlice()...)
	pseudo = append(pseudo, 0, 0, 0, byte(len(message)), 0, 0, 0, unix.IPPROTO_ICMPV6)
	binary.BigEndian.PutUint16(message[2:], checksum(append(pseudo, message...)))
	const version, hops = 6 << 4, 255
	header := []byte{version, 0, 0, 0, 0, byte(len(message)), unix.IPPROTO_ICMPV6, hops}
	header = append(append(header, from.AsSlice()...), to.AsSlice()...)
	return append(header, message...)
}

// checksum is that of the Internet (RFC 1071), of an even number of bytes.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
