package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/name"
)

// group is the group (ip-link(8)) of every link of the host that we make: the
// letters mc. The kernel takes it with the link's birth, so that no link of ours
// is ever taken for somebody else's, whenever its maker is killed.
const group = 'm'<<8 | 'c'

// mark begins the alias (ip-link(8)) of every object that we make; the name
// of the container, its address and its owner follow.
const mark = "mini-container"

// rtextSkipStats leaves the counters out of an answer (RTEXT_FILTER_SKIP_STATS
// of <linux/rtnetlink.h>).
const rtextSkipStats = 1 << 3

// link is one interface as the kernel has it.
type link struct {
	*netlink.LinkAttrs
	kind    string // veth, bridge, …; device for hardware
	filters bool   // a bridge that tells VLANs apart
	answer  []byte // of the kernel, for what is asked seldom
}

// Owner is the container that the link is the host's end of.
func (l *link) owner() (name.Name, bool) {
	for _, altname := range l.AltNames {
		if n, _, ok := name.FromAltname(altname); ok {
			return n, true
		}
	}
	words := strings.Fields(l.Alias)
	if len(words) < 2 || words[0] != mark {
		return "", false
	}
	n := name.Name("")
	return n, n.UnmarshalText([]byte(words[1])) == nil
}

// reserved are the addresses of the container that the link is the host's end of.
func (l *link) reserved() []netip.Prefix {
	all := []netip.Prefix{}
	words := strings.Fields(l.Alias)
	if len(words) < 3 || words[0] != mark {
		return all
	}
	for text := range strings.SplitSeq(words[2], ",") {
		if a, err := netip.ParsePrefix(text); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// further tells that the link is the host's end of a container's second
// interface, or third.
func (l *link) further() bool {
	return slices.ContainsFunc(l.AltNames, func(altname string) bool {
		_, ifname, ok := name.FromAltname(altname)
		return ok && ifname != ""
	})
}

// ours tells that we have made the link.
func (l *link) ours() bool { return l.Group == group }
func (l *link) up() bool   { return l.Flags&net.FlagUp != 0 }

func linkMessage(index int) *nl.IfInfomsg {
	m := nl.NewIfInfomsg(unix.AF_UNSPEC)
	m.Index = int32(index)
	return m
}

// named picks the attribute that holds a name: IFLA_IFNAME takes altnames
// too, but not more than 15 characters.
func named(s string) *nl.RtAttr {
	if len(s) < unix.IFNAMSIZ {
		return attribute(unix.IFLA_IFNAME, text(s))
	}
	return attribute(unix.IFLA_ALT_IFNAME, text(s))
}

// find looks a link up by its name or an altname; nil when there is none.
func (c *conn) find(s string) (*link, error) {
	return c.get(linkMessage(0), named(s))
}

// index looks a link up by its number; nil when there is none.
func (c *conn) index(i int) (*link, error) { return c.get(linkMessage(i)) }

func (c *conn) get(parts ...nl.NetlinkRequestData) (*link, error) {
	answers, err := c.ask(unix.RTM_GETLINK, parts...)
	if errors.Is(err, unix.ENODEV) {
		return nil, nil
	}
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	return parseLink(answers[0])
}

// links lists all links.
func (c *conn) links() ([]*link, error) {
	return c.list(linkMessage(0), attribute(unix.IFLA_EXT_MASK, number(rtextSkipStats)))
}

func (c *conn) list(parts ...nl.NetlinkRequestData) ([]*link, error) {
	answers, err := c.dump(unix.RTM_GETLINK, parts...)
	if err != nil {
		return nil, fmt.Errorf("list of links: %w", err)
	}
	return parseLinks(answers)
}

func parseLinks(answers [][]byte) ([]*link, error) {
	all := make([]*link, 0, len(answers))
	for _, answer := range answers {
		l, err := parseLink(answer)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func parseLink(answer []byte) (*link, error) {
	l, err := netlink.LinkDeserialize(nil, answer)
	if err != nil {
		return nil, fmt.Errorf("answer about a link: %w", err)
	}
	b, _ := l.(*netlink.Bridge)
	kind := l.Type()
	if kind == "tuntap" { // the library's word
		kind = "tun"
	}
	return &link{l.Attrs(), kind, b != nil && b.VlanFiltering != nil && *b.VlanFiltering, answer}, nil
}
