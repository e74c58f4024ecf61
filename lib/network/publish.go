package network

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Publish is a port of this host that leads to one of a container.
type Publish struct {
	Host     netip.Addr // of this host; the zero value is any
	HostPort uint16
	Port     uint16
	UDP      bool
}

var errPublish = errors.New("must be [HOSTIP:]HOSTPORT:PORT[/tcp|/udp], as 8080:80 or 127.0.0.1:53:53/udp")

// UnmarshalText takes [HOSTIP:]HOSTPORT:PORT[/udp], as docker spells it.
func (p *Publish) UnmarshalText(text []byte) error {
	ports, protocol, has := strings.Cut(string(text), "/")
	if has && protocol != "tcp" && protocol != "udp" {
		return fmt.Errorf("%q: %w", text, errPublish)
	}
	*p = Publish{UDP: protocol == "udp"}
	inner := strings.LastIndex(ports, ":")
	if inner < 0 {
		return fmt.Errorf("%q: %w", text, errPublish)
	}
	outer := ports[:inner]
	if at := strings.LastIndex(outer, ":"); at >= 0 {
		host, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(outer[:at], "["), "]"))
		if err != nil || host.Zone() != "" || host.Is4In6() || host.Is6() != strings.HasPrefix(outer, "[") {
			return fmt.Errorf("%q: %w", text, errPublish)
		}
		if outer = outer[at+1:]; !host.IsUnspecified() {
			p.Host = host
		}
	}
	var bad [2]error
	p.HostPort, bad[0] = parsePort(outer)
	p.Port, bad[1] = parsePort(ports[inner+1:])
	if err := errors.Join(bad[:]...); err != nil {
		return fmt.Errorf("%q: %w", text, errPublish)
	}
	return nil
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err == nil && n == 0 {
		err = strconv.ErrRange
	}
	return uint16(n), err
}

// String is what UnmarshalText takes.
func (p Publish) String() string {
	s := fmt.Sprintf("%d:%d", p.HostPort, p.Port)
	if p.Host.IsValid() {
		s = netip.AddrPortFrom(p.Host, p.HostPort).String() + fmt.Sprintf(":%d", p.Port)
	}
	if p.UDP {
		s += "/udp"
	}
	return s
}

// MarshalText is String.
func (p Publish) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// compare orders by the port of the host.
func (p Publish) compare(o Publish) int {
	return cmp.Or(cmp.Compare(p.HostPort, o.HostPort), p.Host.Compare(o.Host), strings.Compare(p.String(), o.String()))
}

// outer says the port of the host.
func (p Publish) outer() string {
	protocol := "tcp"
	if p.UDP {
		protocol = "udp"
	}
	return fmt.Sprintf("port %d/%s", p.HostPort, protocol)
}

// meets tells that both want the same port of the host.
func (p Publish) meets(o Publish) bool {
	if p.UDP != o.UDP || p.HostPort != o.HostPort {
		return false
	}
	return !p.Host.IsValid() || !o.Host.IsValid() || p.Host == o.Host
}
