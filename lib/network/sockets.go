package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Listener is a socket that waits for clients.
type Listener struct {
	Protocol string         `json:"protocol"` // tcp or udp
	At       netip.AddrPort `json:"at"`
}

// table is a file of proc_pid_net(5) that lists sockets, with the state of those
// that wait: TCP_LISTEN, and TCP_CLOSE for a UDP socket without a peer.
type table struct{ file, protocol, state string }

var tables = []table{
	{"tcp", "tcp", "0A"}, {"tcp6", "tcp", "0A"}, {"udp", "udp", "07"}, {"udp6", "udp", "07"},
}

// listeners lists the sockets that wait in the namespace. Nobody is disturbed
// by the look, as a server would be by a client that says nothing.
func (p *place) listeners() (all []Listener, err error) {
	look := func() error {
		for _, t := range tables {
			found, err := t.read(t.state)
			if err != nil {
				return err
			}
			for _, s := range found {
				all = append(all, Listener{t.protocol, s.at})
			}
		}
		return nil
	}
	if p.fd < 0 {
		err = onDyingThread(look)
	} else {
		err = visit(p.fd, look)
	}
	return all, err
}

// listens tells whether a client of the address would be heard.
func listens(all []Listener, protocol string, to netip.AddrPort) bool {
	return slices.ContainsFunc(all, func(l Listener) bool {
		if l.Protocol != protocol || l.At.Port() != to.Port() {
			return false
		}
		at := l.At.Addr()
		// A socket of :: hears IPv4 too, unless it said otherwise, which no
		// table tells.
		return at.Unmap() == to.Addr() || at == netip.IPv6Unspecified() || at == netip.IPv4Unspecified() && to.Addr().Is4()
	})
}

// socket is one line of a table.
type socket struct {
	at    netip.AddrPort // its local end
	inode string         // of the file that a process has of it
}

// read lists the sockets in a state, or in any, of this thread's namespace.
func (t table) read(state string) ([]socket, error) {
	text, err := os.ReadFile("/proc/thread-self/net/" + t.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a kernel without IPv6
	}
	if err != nil {
		return nil, err
	}
	all, err := parseSockets(string(text), state)
	return all, about("/proc/net/"+t.file, err)
}

// parseSockets reads a table. Lines are as "0: 0100007F:1F90 00000000:0000 0A
// 00000000:00000000 00:00000000 00000000 0 0 4711 …": numbers are words of the
// machine's order, the port is a number, the tenth word is the inode.
func parseSockets(text, state string) (all []socket, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines[1:] {
		words := strings.Fields(line)
		if len(words) < 10 || state != "" && words[3] != state {
			continue
		}
		address, port, _ := strings.Cut(words[1], ":")
		n, err := strconv.ParseUint(port, 16, 16)
		ip, ok := parseWords(address)
		if err != nil || !ok {
			return nil, fmt.Errorf("%q: is no socket", words[1])
		}
		all = append(all, socket{netip.AddrPortFrom(ip, uint16(n)), words[9]})
	}
	return all, nil
}

// parseWords reads an address that is written as words of this machine.
func parseWords(text string) (netip.Addr, bool) {
	var raw []byte
	for ; len(text) >= 8; text = text[8:] {
		word, err := strconv.ParseUint(text[:8], 16, 32)
		if err != nil {
			return netip.Addr{}, false
		}
		raw = binary.NativeEndian.AppendUint32(raw, uint32(word))
	}
	ip, ok := netip.AddrFromSlice(raw)
	return ip, ok && text == ""
}
