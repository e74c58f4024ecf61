package network

import (
	"net/netip"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/nft"
)

// ways are what the host knows of the ways out of all containers, and in. They
// are read once for a list. Who may not change the network may not see them.
type ways struct {
	hidden   bool
	nat      *nat
	elements map[netip.Addr][]nft.Element // of the nat, by the container's address
	guards   []string                     // tables
	bridges  map[int]string               // names that were looked up already
}

func lookWays(host *place) (*ways, error) {
	if has, err := capable.Has(unix.CAP_NET_ADMIN); err != nil || !has {
		return &ways{hidden: true, bridges: map[int]string{}}, err
	}
	n, err := readNat(&host.nft)
	if err != nil {
		return nil, err
	}
	guards, err := host.nft.Names(nft.Netdev)
	w := &ways{nat: n, elements: map[netip.Addr][]nft.Element{}, guards: guards, bridges: map[int]string{}}
	for _, e := range n.elements {
		w.elements[n.address(e)] = append(w.elements[n.address(e)], e)
	}
	return w, about("guards", unlessMissing(err))
}

// of fills in what is so for the interface whose host's end the link is.
func (w *ways) of(c *Container, l *link) {
	c.Isolated = l.isolated()
	if w.hidden {
		return
	}
	c.Antispoof = slices.Contains(w.guards, guardName(l.Name))
	for _, a := range c.Addresses {
		for _, e := range w.elements[a.Addr()] {
			c.NAT = c.NAT || e.Set == w.nat.of(a.Addr()).out
			if p, is := w.nat.port(e); is && !slices.Contains(c.Published, p) { // it may be of both families
				c.Published = append(c.Published, p)
			}
		}
	}
	slices.SortFunc(c.Published, Publish.compare)
}

// isolated tells whether the link is an isolated port of a bridge.
func (l *link) isolated() bool {
	value := l.answer[unix.SizeofIfInfomsg:]
	for _, kind := range []int{unix.IFLA_LINKINFO, nl.IFLA_INFO_SLAVE_DATA, nl.IFLA_BRPORT_ISOLATED} {
		value = within(value, kind)
	}
	return len(value) > 0 && value[0] == 1
}

// within is the value of one of several attributes, rtnetlink(7); empty when
// there is none.
func within(attributes []byte, kind int) []byte {
	all, err := nl.ParseRouteAttr(attributes)
	at := slices.IndexFunc(all, func(a syscall.NetlinkRouteAttr) bool { return int(a.Attr.Type)&^unix.NLA_F_NESTED == kind })
	if err != nil || at < 0 {
		return nil
	}
	return all[at].Value
}
