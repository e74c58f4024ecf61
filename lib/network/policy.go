package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// policy is which table is asked for a route, and what stands in those but the
// main one.
func (a *Again) policy() error {
	rules, err := a.in.conn.rules()
	if err != nil {
		return err
	}
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		if !a.fresh.rules[rule] {
			a.unsaid("the %s", rule)
		}
	}
	for _, f := range []*family{&ipv4, &ipv6} {
		routes, err := a.in.conn.routes(f)
		if err != nil {
			return err
		}
		for _, r := range routes {
			if r.kind != unix.RTN_UNICAST || r.out == 0 { // those by one interface are said with it
				a.unsaid("the %s route %s", firstOf(refusals[r.kind], "multipath"), r.to)
			}
		}
		tables, err := a.in.conn.otherTables(f)
		if err != nil {
			return err
		}
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			a.unsaid("the %s table %d (routes: %d)", f.word(), table, tables[table])
		}
	}
	return nil
}

// refusals are the routes that lead nowhere, as ip-route(8) has them.
var refusals = map[uint8]string{
	unix.RTN_BLACKHOLE: "blackhole", unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit", unix.RTN_THROW: "throw",
}

// rules are those of ip-rule(8) in words.
func (c *conn) rules() (map[string]bool, error) {
	all := map[string]bool{}
	for _, f := range []*family{&ipv4, &ipv6} {
		// struct fib_rule_hdr has the form of struct rtmsg.
		m := &nl.RtMsg{RtMsg: unix.RtMsg{Family: uint8(f.number)}}
		answers, err := c.dump(unix.RTM_GETRULE, m)
		if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) {
			continue // a kernel without them
		}
		if err != nil {
			return nil, fmt.Errorf("list of rules: %w", err)
		}
		for _, answer := range answers {
			rule, err := parseRule(answer)
			if err != nil {
				return nil, err
			}
			all[fmt.Sprintf("%s rule %s", f.word(), rule)] = true
		}
	}
	return all, nil
}

func parseRule(answer []byte) (string, error) {
	m := nl.DeserializeRtMsg(answer)
	attributes, err := nl.ParseRouteAttr(answer[m.Len():])
	if err != nil {
		return "", fmt.Errorf("answer about a rule: %w", err)
	}
	priority, table, from, more := uint32(0), uint32(m.Table), "all", ""
	for _, a := range attributes {
		switch a.Attr.Type {
		case nl.FRA_PRIORITY:
			priority = binary.NativeEndian.Uint32(a.Value)
		case nl.FRA_TABLE:
			table = binary.NativeEndian.Uint32(a.Value)
		case nl.FRA_SRC:
			ip, _ := netip.AddrFromSlice(a.Value)
			from = netip.PrefixFrom(ip, int(m.Src_len)).String()
		case nl.FRA_DST, nl.FRA_IIFNAME, nl.FRA_OIFNAME, nl.FRA_FWMARK, nl.FRA_UID_RANGE, nl.FRA_IP_PROTO, nl.FRA_GOTO:
			more = " …"
		}
	}
	return fmt.Sprintf("%d: from %s%s lookup %d", priority, from, more, table), nil
}

// otherTables counts the routes of the tables that somebody has made.
func (c *conn) otherTables(f *family) (map[uint32]int, error) {
	answers, err := c.dump(unix.RTM_GETROUTE, &nl.RtMsg{RtMsg: unix.RtMsg{Family: uint8(f.number)}})
	if err != nil {
		return nil, fmt.Errorf("list of routes: %w", err)
	}
	all := map[uint32]int{}
	for _, answer := range answers {
		m := nl.DeserializeRtMsg(answer)
		table := uint32(m.Table)
		if wide := within(answer[m.Len():], unix.RTA_TABLE); len(wide) == 4 {
			table = binary.NativeEndian.Uint32(wide)
		}
		if table != unix.RT_TABLE_MAIN && table != unix.RT_TABLE_LOCAL {
			all[table]++
		}
	}
	return all, nil
}
