package network

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// DefaultBridge is the bridge that containers share.
const DefaultBridge = Interface("mc0")

// Interface is the name of a link.
type Interface string

// UnmarshalText takes a name that the kernel takes (dev_valid_name).
func (i *Interface) UnmarshalText(t []byte) error {
	s := string(t)
	switch {
	case s == "":
		return errors.New("a link needs a name")
	case len(s) >= unix.IFNAMSIZ:
		return fmt.Errorf("%s: has %d characters: the name of a link has at most %d", s, len(s), unix.IFNAMSIZ-1)
	case s == "." || s == ".." || s[0] == '-' || strings.ContainsFunc(s, foreign):
		return fmt.Errorf("%q: the name of a link is of letters, digits and . _ -, and begins with no -", s)
	}
	*i = Interface(s)
	return nil
}

func foreign(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
}

// makeBridge makes a bridge, up. Its MAC address is fixed at birth: else it
// would be the lowest of its ports' and change as they come and go.
type makeBridge struct {
	at   *place
	name string
	mac  net.HardwareAddr
}

// Do makes it.
func (s makeBridge) Do() error {
	m := linkMessage(0)
	m.Flags, m.Change = unix.IFF_UP, unix.IFF_UP
	err := s.at.conn.do(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, m,
		attribute(unix.IFLA_IFNAME, text(s.name)),
		attribute(unix.IFLA_GROUP, number(group)),
		attribute(unix.IFLA_ADDRESS, s.mac),
		kind("bridge", nil))
	return about(s.name+": make bridge", whyKind("bridge", unmade(err, s.Undo)))
}

// Undo destroys it.
func (s makeBridge) Undo() error { return s.at.delete(s.name) }

// Say is ip-link(8).
func (s makeBridge) Say() string {
	return s.at.say("link", "add", s.name, "group", strconv.Itoa(group), "address", s.mac.String(), "up", "type", "bridge")
}

func (makeBridge) Why() string {
	return "A bridge is the switch that all containers and the host are plugged into (man 8 ip-link)."
}

func (s makeBridge) SayUndo() string {
	return `[ "$(` + s.at.say("link", "show", "master", s.name) + `)" ] || ` + s.at.say("link", "delete", s.name)
}

// randomMAC is a station's address that is administered locally (IEEE 802,
// 8.2): bit 1 of the first byte is set, bit 0 is not.
func randomMAC() net.HardwareAddr {
	r := rand.Uint64()
	return net.HardwareAddr{byte(r)&^1 | 2, byte(r >> 8), byte(r >> 16), byte(r >> 24), byte(r >> 32), byte(r >> 40)}
}
