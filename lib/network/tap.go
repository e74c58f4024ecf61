package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Link types of pcapng: what a packet begins with.
const (
	linktypeEthernet = 1
	linktypeRaw      = 101 // an IP header: tun, WireGuard
)

// tapBuffer is the kernel's room, in bytes, for packets that come while the
// reader is slow.
const tapBuffer = 4 << 20

// tap is a packet(7) socket that sees all packets of one interface.
type tap struct {
	fd          int
	name        string // of the interface inside
	description string // whose it is
	linktype    uint16
	outer       bool // it is the host's end, where in and out are the other way round
	down        bool // the interface was seen going down
}

// openTap opens one in this thread's namespace.
func openTap(l *link) (t *tap, err error) {
	t = &tap{fd: -1, name: l.Name, linktype: linktypeEthernet}
	switch l.EncapType {
	case "ether", "loopback":
	case "none":
		t.linktype = linktypeRaw
	default:
		return nil, fmt.Errorf("%s: is no Ethernet, but %s", l.Name, l.EncapType)
	}
	// Of protocol 0 it sees nothing until it is bound: no packet of others.
	if t.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	for _, o := range []struct{ level, name, value int }{
		{unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, tapBuffer},
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1},
		{unix.SOL_PACKET, unix.PACKET_AUXDATA, 1},
	} {
		err := unix.SetsockoptInt(t.fd, o.level, o.name, o.value)
		if err != nil && !(o.name == unix.SO_RCVBUFFORCE && errors.Is(err, unix.EPERM)) {
			t.close()
			return nil, fmt.Errorf("packet socket: set up: %w", err)
		}
	}
	if err := unix.Bind(t.fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: l.Index}); err != nil {
		t.close()
		return nil, fmt.Errorf("packet socket: bind to %s: %w", l.Name, err)
	}
	return t, nil
}

func (t *tap) close() { unix.Close(t.fd) }

// read takes one packet, into the buffer; EAGAIN when there is none.
func (t *tap) read(buffer []byte) (p packet, err error) {
	var oob [256]byte
	n, size, _, from, err := unix.Recvmsg(t.fd, buffer, oob[:], unix.MSG_TRUNC)
	if err != nil {
		return p, err
	}
	t.down = false
	p = packet{at: time.Now(), way: inbound, length: n, data: buffer[:min(n, len(buffer))]}
	ll, _ := from.(*unix.SockaddrLinklayer)
	if ll != nil && (ll.Pkttype == unix.PACKET_OUTGOING) != t.outer {
		p.way = outbound
	}
	messages, err := unix.ParseSocketControlMessage(oob[:size])
	if err != nil {
		return p, fmt.Errorf("packet socket: %w", err)
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS_NEW && len(m.Data) >= 16:
			p.at = time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		case m.Header.Level == unix.SOL_PACKET && m.Header.Type == unix.PACKET_AUXDATA && len(m.Data) >= 20:
			p.retag(m.Data, len(buffer))
		}
	}
	return p, nil
}

// retag puts the tag of a VLAN back, which the kernel keeps beside a packet
// (struct tpacket_auxdata).
func (p *packet) retag(aux []byte, snaplen int) {
	const addresses = 12 // bytes before it
	status := binary.NativeEndian.Uint32(aux)
	if status&unix.TP_STATUS_VLAN_VALID == 0 || len(p.data) < addresses {
		return
	}
	protocol := uint16(unix.ETH_P_8021Q)
	if status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		protocol = binary.NativeEndian.Uint16(aux[18:])
	}
	all := append([]byte{}, p.data[:addresses]...)
	all = binary.BigEndian.AppendUint16(all, protocol)
	all = binary.BigEndian.AppendUint16(all, binary.NativeEndian.Uint16(aux[16:]))
	all = append(all, p.data[addresses:]...)
	p.data, p.length = all[:min(len(all), snaplen)], p.length+4
}

// gone tells that the interface was removed: the socket is bound to none.
func (t *tap) gone() (bool, error) {
	at, err := unix.Getsockname(t.fd)
	if err != nil {
		return false, fmt.Errorf("packet socket: %w", err)
	}
	ll, _ := at.(*unix.SockaddrLinklayer)
	return ll != nil && ll.Ifindex <= 0, nil
}
