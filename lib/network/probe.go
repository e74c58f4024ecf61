package network

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// probes and probeEvery bound the wait for an answer: three probes as RFC 5227
// has them, but within 200 ms, as neighbours on a bridge are near.
const (
	probes     = 3
	probeEvery = 65 * time.Millisecond
)

// enquiry is how a family asks on a link who has an address, without claiming
// it.
type enquiry struct {
	protocol uint16 // ETH_P_*
	to       net.HardwareAddr
	question []byte
	// answer is the hardware address of who has it, if the packet says so.
	answer func(packet []byte, from net.HardwareAddr) net.HardwareAddr
}

// probe asks on a link who has an address. It gives the hardware address of the
// one who answers, or nil.
func probe(on *link, a netip.Addr) (net.HardwareAddr, error) {
	mac, err := enquiryFor(on, a).ask(on)
	return mac, about("probe for "+a.String(), err)
}

func enquiryFor(on *link, a netip.Addr) enquiry {
	if a.Is6() {
		return ndp(a)
	}
	return arp(on.HardwareAddr, a)
}

func (e enquiry) ask(on *link) (net.HardwareAddr, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	to := &unix.SockaddrLinklayer{Ifindex: on.Index, Protocol: networkOrder(e.protocol), Halen: 6}
	copy(to.Addr[:], e.to)
	if err := unix.Bind(fd, to); err != nil {
		return nil, err
	}
	for range probes {
		if err := unix.Sendto(fd, e.question, 0, to); err != nil {
			return nil, err
		}
		if mac, err := e.wait(fd, time.Now().Add(probeEvery)); mac != nil || err != nil {
			return mac, err
		}
	}
	return nil, nil
}

// wait is for a packet of the one who has the address.
func (e enquiry) wait(fd int, end time.Time) (net.HardwareAddr, error) {
	packet := make([]byte, 1500)
	for {
		left := time.Until(end)
		if left < time.Millisecond {
			return nil, nil
		}
		tv := unix.NsecToTimeval(left.Nanoseconds())
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			return nil, err
		}
		n, from, err := unix.Recvfrom(fd, packet, 0)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		}
		sender, _ := from.(*unix.SockaddrLinklayer)
		if sender == nil || sender.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if mac := e.answer(packet[:n], sender.Addr[:6]); mac != nil {
			return mac, nil
		}
	}
}

// arpLen is the length of an ARP packet for IPv4 over Ethernet (RFC 826).
const arpLen = 28

// arp is the probe of RFC 5227, 2.1.1: the sender's address is 0.0.0.0.
func arp(mac net.HardwareAddr, a netip.Addr) enquiry {
	return enquiry{
		protocol: unix.ETH_P_ARP, to: net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		question: question(mac, a),
		answer: func(packet []byte, _ net.HardwareAddr) net.HardwareAddr {
			if len(packet) < arpLen {
				return nil
			}
			if sender, ok := netip.AddrFromSlice(packet[14:18]); !ok || sender != a {
				return nil
			}
			return net.HardwareAddr(packet[8:14])
		},
	}
}

// question is the ARP packet "who has a?".
func question(mac net.HardwareAddr, a netip.Addr) []byte {
	const ethernet, request = 1, 1
	p := binary.BigEndian.AppendUint16(nil, ethernet)
	p = binary.BigEndian.AppendUint16(p, unix.ETH_P_IP)
	p = append(p, 6, 4) // lengths of the addresses
	p = binary.BigEndian.AppendUint16(p, request)
	p = append(p, mac...)
	p = append(p, make([]byte, 4+6)...) // sender 0.0.0.0, target's MAC unknown
	return append(p, a.AsSlice()...)
}

// networkOrder is htons(3): packet(7) wants the protocol so.
func networkOrder(n uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], n)
	return binary.NativeEndian.Uint16(b[:])
}
