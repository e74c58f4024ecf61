package network

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/icmp"
	xipv4 "golang.org/x/net/ipv4"
	xipv6 "golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// answerWithin bounds the wait for a far host's answer; asks is how often it is
// asked.
const (
	answerWithin = time.Second
	asks         = 2
)

// ping sends echo requests (RFC 792, RFC 4443) from this thread's network
// namespace, and tells whether one is answered. That there is no way to send
// one is no answer.
func ping(to netip.Addr) (bool, error) {
	network, local, protocol := "ip4:icmp", "0.0.0.0", 1
	var kind, reply icmp.Type = xipv4.ICMPTypeEcho, xipv4.ICMPTypeEchoReply
	if to.Is6() {
		network, local, protocol = "ip6:ipv6-icmp", "::", 58
		kind, reply = xipv6.ICMPTypeEchoRequest, xipv6.ICMPTypeEchoReply
	}
	c, err := icmp.ListenPacket(network, local)
	if err != nil {
		return false, err
	}
	defer c.Close()
	id := os.Getpid() & 0xffff
	message := icmp.Message{Type: kind, Body: &icmp.Echo{ID: id, Data: []byte("mini-container")}}
	packet, err := message.Marshal(nil)
	if err != nil {
		return false, err
	}
	for range asks {
		if _, err := c.WriteTo(packet, &net.IPAddr{IP: to.AsSlice()}); err != nil {
			return false, nil
		}
		if heard(c, protocol, reply, id) {
			return true, nil
		}
	}
	return false, nil
}

func heard(c *icmp.PacketConn, protocol int, reply icmp.Type, id int) bool {
	if c.SetReadDeadline(time.Now().Add(answerWithin)) != nil {
		return false
	}
	packet := make([]byte, 1500)
	for {
		n, _, err := c.ReadFrom(packet)
		if err != nil {
			return false
		}
		m, err := icmp.ParseMessage(protocol, packet[:n])
		if err != nil || m.Type != reply {
			continue
		}
		if echo, is := m.Body.(*icmp.Echo); is && echo.ID == id {
			return true
		}
	}
}

// askName asks a name server (RFC 1035) from this thread's network namespace,
// who the servers of the root are: each one can say something to that. Silence
// is why there was no answer, empty when there was one.
func askName(server netip.Addr) (silence string, err error) {
	c, err := net.DialTimeout("udp", netip.AddrPortFrom(server, 53).String(), answerWithin)
	if err != nil {
		return unreached(err)
	}
	defer c.Close()
	question := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(os.Getpid()), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("."), Type: dnsmessage.TypeNS, Class: dnsmessage.ClassINET}},
	}
	packet, err := question.Pack()
	if err != nil {
		return "", err
	}
	answer := make([]byte, 1500)
	for range asks {
		if _, err := c.Write(packet); err != nil {
			return unreached(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(answerWithin)); err != nil {
			return "", err
		}
		n, err := c.Read(answer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return unreached(err)
		}
		var p dnsmessage.Parser
		if h, err := p.Start(answer[:n]); err == nil && h.ID == question.ID && h.Response {
			return "", nil
		}
	}
	return "no word in time", nil
}

// unreached tells what the network says of a packet (connect(2), send(2)) from
// what else can go wrong.
func unreached(err error) (silence string, other error) {
	for _, e := range []error{
		unix.ECONNREFUSED, unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EHOSTDOWN, unix.ENETDOWN,
		unix.EADDRNOTAVAIL, unix.EPERM, unix.EACCES, unix.EINVAL, os.ErrDeadlineExceeded,
	} {
		if errors.Is(err, e) {
			return e.Error(), nil
		}
	}
	return "", err
}
