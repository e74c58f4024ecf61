package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// listened refuses a port of this host on which somebody listens: published, it
// would lead elsewhere for all but those who are connected already. The kernel
// says whether by a bind(2) that is given up at once. Of a port of any address
// those families count that the container has.
func (p Publish) listened(to []Address) error {
	for _, a := range to {
		host := p.Host
		if !host.IsValid() {
			host = familyOf(a.Addr()).any()
		}
		err := p.bind(host)
		switch {
		case errors.Is(err, unix.EADDRINUSE):
			return fmt.Errorf("%s is in use on this host%s", p.outer(), p.listener())
		case errors.Is(err, unix.EADDRNOTAVAIL) && p.Host.IsValid():
			return fmt.Errorf("%s %w", host, errNotHere)
		case errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.EADDRNOTAVAIL): // there is no IPv6
		case err != nil:
			return fmt.Errorf("%s: %w", p.outer(), err)
		}
	}
	return nil
}

var errNotHere = errors.New("is no address of this host")

func (p Publish) bind(host netip.Addr) error {
	family, kind := unix.AF_INET, unix.SOCK_STREAM
	if host.Is6() {
		family = unix.AF_INET6
	}
	if p.UDP {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if !p.UDP { // a connection that has ended is nobody who listens
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return err
		}
	}
	if host.Is4() {
		return unix.Bind(fd, &unix.SockaddrInet4{Addr: host.As4(), Port: int(p.HostPort)})
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
		return err
	}
	return unix.Bind(fd, &unix.SockaddrInet6{Addr: host.As16(), Port: int(p.HostPort)})
}

// listener names who has the port, as far as /proc shows it.
func (p Publish) listener() string {
	var sockets []string
	for _, t := range tables {
		if p.UDP != (t.protocol == "udp") {
			continue
		}
		if p.UDP {
			t.state = "" // one with a peer has the port, too
		}
		found, _ := t.read(t.state)
		for _, s := range found {
			if s.at.Port() == p.HostPort {
				sockets = append(sockets, "socket:["+s.inode+"]")
			}
		}
	}
	processes, err := numbers("/proc")
	if err != nil {
		return ""
	}
	for _, process := range processes {
		files, _ := filepath.Glob(process + "/fd/*")
		if slices.ContainsFunc(files, func(f string) bool { to, err := os.Readlink(f); return err == nil && slices.Contains(sockets, to) }) {
			called, _ := os.ReadFile(process + "/comm")
			return fmt.Sprintf(" by %s (process %s)", strings.TrimSpace(string(called)), filepath.Base(process))
		}
	}
	return ""
}
