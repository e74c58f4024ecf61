package network

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// held is an address that a link has.
type held struct {
	netip.Prefix
	flags uint32 // IFA_F_* of <linux/if_addr.h>
}

// own tells that every link makes such an address for itself (fe80::/64).
func (h held) own() bool { return h.Addr().Is6() && h.Addr().IsLinkLocalUnicast() }

// addresses lists a link's addresses, but for those that it makes for itself.
func (c *conn) addresses(index int) ([]netip.Prefix, error) {
	all, err := c.held(index)
	prefixes := []netip.Prefix{}
	for _, h := range all {
		if !h.own() {
			prefixes = append(prefixes, h.Prefix)
		}
	}
	return prefixes, err
}

// held lists all addresses of a link.
func (c *conn) held(index int) ([]held, error) {
	m := nl.NewIfAddrmsg(unix.AF_UNSPEC)
	m.Index = uint32(index)
	answers, err := c.dump(unix.RTM_GETADDR, m)
	if err != nil {
		return nil, fmt.Errorf("addresses of link %d: %w", index, err)
	}
	var all []held
	for _, answer := range answers {
		h, err := parseHeld(answer)
		if err != nil {
			return nil, fmt.Errorf("addresses of link %d: %w", index, err)
		}
		if h.IsValid() {
			all = append(all, h)
		}
	}
	return all, nil
}

func parseHeld(answer []byte) (h held, err error) {
	got := nl.DeserializeIfAddrmsg(answer)
	attributes, err := nl.ParseRouteAttr(answer[got.Len():])
	if err != nil {
		return h, err
	}
	// Of IPv6 there is no other end, and no IFA_LOCAL.
	kind := uint16(unix.IFA_LOCAL)
	if got.Family == unix.AF_INET6 {
		kind = unix.IFA_ADDRESS
	}
	h.flags = uint32(got.Flags)
	for _, a := range attributes {
		if a.Attr.Type == unix.IFA_FLAGS {
			h.flags = nl.NativeEndian().Uint32(a.Value)
		}
		if ip, ok := netip.AddrFromSlice(a.Value); ok && a.Attr.Type == kind {
			h.Prefix = netip.PrefixFrom(ip, int(got.Prefixlen))
		}
	}
	return h, nil
}
