package network

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/nft"
	"mini-container/lib/step"
)

// sysctls are the settings of a network namespace that change what a program in
// it may do or how its packets go, below /proc/sys/net.
var sysctls = []string{
	"core/somaxconn",
	"ipv4/conf/all/arp_announce", "ipv4/conf/all/arp_ignore", "ipv4/conf/all/proxy_arp",
	"ipv4/conf/all/route_localnet", "ipv4/conf/all/rp_filter",
	"ipv4/icmp_echo_ignore_all", "ipv4/ip_default_ttl", "ipv4/ip_forward", "ipv4/ip_local_port_range",
	"ipv4/ip_nonlocal_bind", "ipv4/ip_unprivileged_port_start", "ipv4/ping_group_range",
	"ipv4/tcp_congestion_control", "ipv4/tcp_ecn", "ipv4/tcp_fin_timeout", "ipv4/tcp_keepalive_time",
	"ipv4/tcp_rmem", "ipv4/tcp_syncookies", "ipv4/tcp_tw_reuse", "ipv4/tcp_wmem",
	"ipv6/bindv6only", "ipv6/conf/all/accept_ra", "ipv6/conf/all/disable_ipv6", "ipv6/conf/all/forwarding",
}

// fresh is what a network namespace has that nobody has changed.
type fresh struct {
	has   map[string]bool // links, as tunl0
	is    map[string]string
	rules map[string]bool
}

// lookFresh makes one, looks, and lets it go.
func lookFresh() (f *fresh, err error) {
	f = &fresh{has: map[string]bool{}}
	err = onDyingThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("new network namespace: %w", whyUnshare(err))
		}
		c, err := dial()
		if err != nil {
			return err
		}
		defer c.close()
		links, err := c.links()
		for _, l := range links {
			f.has[l.Name] = true
		}
		if err == nil {
			f.rules, err = c.rules()
		}
		if err == nil {
			f.is, err = readSysctls()
		}
		return err
	})
	return f, err
}

// readSysctls reads them in this thread's namespace.
func readSysctls() (map[string]string, error) {
	all := map[string]string{}
	for _, path := range sysctls {
		value, err := sysctl(path)
		if err != nil {
			return nil, err
		}
		all[path] = strings.Join(strings.Fields(value), " ")
	}
	return all, nil
}

// around says what of the namespace belongs to no interface.
func (a *Again) around() error {
	if err := a.policy(); err != nil {
		return err
	}
	lo, err := a.in.conn.addresses(loopback)
	if err != nil {
		return err
	}
	for _, p := range lo {
		if !p.Addr().IsLoopback() {
			a.unsaid("the address %s of lo", p)
		}
	}
	return visit(a.in.fd, func() error {
		if err := a.filters(); err != nil {
			return err
		}
		now, err := readSysctls()
		if err != nil {
			return err
		}
		for _, path := range sysctls {
			if v := now[path]; v != a.fresh.is[path] && !ourSetting(path, v) {
				a.unsaid("the setting net.%s=%s", strings.ReplaceAll(path, "/", "."), step.Say(v))
			}
		}
		return nil
	})
}

// ourSetting tells that up sets it so.
func ourSetting(path, value string) bool {
	return slices.ContainsFunc(settings, func(s step.WriteFile) bool {
		return s.Path == settingsFolder+path && s.Text == value
	})
}

// filters are the tables of nftables(8), and those of iptables(8) which are none
// of it.
func (a *Again) filters() error {
	var c nft.Conn
	defer c.Close()
	tables, err := c.Tables()
	if err := unlessMissing(err); err != nil {
		return about("nftables", err)
	}
	for _, t := range tables {
		a.unsaid("the nftables table %s", t)
	}
	for _, tool := range []string{"ip", "ip6"} {
		file := "/proc/thread-self/net/" + tool + "_tables_names"
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return about(file, step.Cause(err))
		}
		for name := range strings.FieldsSeq(string(text)) {
			a.unsaid("the table %s of %stables-legacy", name, tool)
		}
	}
	return nil
}
