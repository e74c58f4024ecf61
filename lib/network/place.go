package network

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/name"
	"mini-container/lib/nft"
	"mini-container/lib/step"
)

// place is a network namespace to make changes in: the host's, whose path is
// empty, or a container's.
type place struct {
	path string
	fd   int // of the namespace, -1 while it is not made
	conn *conn
	nft  nft.Conn // of this process's own namespace
}

// here is the namespace of this process.
func here() (*place, error) {
	c, err := dial()
	return &place{fd: -1, conn: c}, err
}

// enter opens the namespace of a file without going there.
func enter(path string) (*place, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, capable.NeedsRoot(err))
	}
	is, err := isNetns(fd)
	if err == nil && !is {
		err = errors.New("is no network namespace")
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c, err := dialIn(fd)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%s: %w", path, capable.NeedsRoot(err))
	}
	return &place{path: path, fd: fd, conn: c}, nil
}

func (p *place) close() {
	if p == nil {
		return
	}
	p.conn.close()
	p.nft.Close()
	if p.fd >= 0 {
		unix.Close(p.fd)
	}
}

// is tells whether the file is of the place's namespace.
func (p *place) is(path string) (bool, error) {
	var there, other unix.Stat_t
	if err := unix.Fstat(p.fd, &there); err != nil {
		return false, about(p.path, err)
	}
	if err := unix.Stat(path, &other); gone(err) {
		return false, nil
	} else if err != nil {
		return false, about(path, err)
	}
	return there.Dev == other.Dev && there.Ino == other.Ino, nil
}

// outer is the link of this host that one inside leads to: the other end of a
// pair, or what a macvlan or a VLAN stands on. It is nil when that is not here.
func (p *place) outer(host *conn, l *link) (*link, error) {
	if l.ParentIndex == 0 || l.NetNsID < 0 {
		return nil, nil
	}
	own, err := unix.Open(ownNetns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(own)
	if id, err := p.conn.nsid(own); err != nil || id != l.NetNsID {
		return nil, err
	}
	return host.index(l.ParentIndex)
}

// say is an ip(8) command at the place.
func (p *place) say(words ...string) string {
	words = append([]string{"ip"}, words...)
	if n, named := strings.CutPrefix(p.path, name.Folder+"/"); named {
		words = append([]string{"ip", "-n", n}, words[1:]...)
	} else if p.path != "" {
		words = append([]string{"nsenter", "--net=" + p.path}, words...)
	}
	return step.Say(words...)
}

// nsid is the number by which this namespace's links call another one
// (RTM_GETNSID); -1 when it has none, so that no link leads there.
func (c *conn) nsid(fd int) (int, error) {
	m := nl.NewRtGenMsg()
	answers, err := c.ask(unix.RTM_GETNSID, m, attribute(unix.NETNSA_FD, number(fd)))
	if err != nil || len(answers) == 0 {
		return -1, err
	}
	attributes, err := nl.ParseRouteAttr(answers[0][m.Len():])
	if err != nil {
		return -1, err
	}
	for _, a := range attributes {
		if a.Attr.Type == unix.NETNSA_NSID {
			return int(int32(nl.NativeEndian().Uint32(a.Value))), nil
		}
	}
	return -1, nil
}

// word is how ip-link(8) takes the place after the word netns.
func (p *place) word() string {
	if n, named := strings.CutPrefix(p.path, name.Folder+"/"); named {
		return n
	}
	return p.path
}
