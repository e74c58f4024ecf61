package network

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// wholeGuard is the guard of a container of both families.
const wholeGuard = `table netdev mini-container-mc-host-1 {
	chain guard {
		type filter hook ingress device "mc-host-1" priority -300; policy drop;
		ether saddr != 02:00:00:00:00:02 drop
		arp saddr ether != 02:00:00:00:00:02 drop
		udp sport 67 drop
		ip saddr 192.168.1.2 accept
		ip saddr 192.168.1.4 accept
		arp saddr ip 192.168.1.2 accept
		arp saddr ip 192.168.1.4 accept
		arp saddr ip 0.0.0.0 accept
		ip6 saddr fd00::2 goto own6
		ip6 saddr :: icmpv6 type nd-neighbor-solicit @th,64,128 0xfd000000000000000000000000000002 accept
		ip6 saddr fe80::ff:fe00:2 goto own6
		ip6 saddr :: icmpv6 type nd-neighbor-solicit @th,64,128 0xfe80000000000000000000fffe000002 accept
		ip6 saddr :: icmpv6 type mld2-listener-report accept
	}
	chain own6 {
		icmpv6 type nd-neighbor-advert @th,64,128 0xfd000000000000000000000000000002 accept
		icmpv6 type nd-neighbor-advert @th,64,128 0xfe80000000000000000000fffe000002 accept
		icmpv6 type nd-neighbor-advert drop
		icmpv6 type nd-router-advert drop
		icmpv6 type nd-redirect drop
		udp sport 547 drop
		accept
	}
}`

// The guard reads as it is meant.
func TestGuardText(t *testing.T) {
	var own []netip.Prefix
	for _, a := range []string{"192.168.1.2/24", "fd00::2/64", "192.168.1.4/24"} {
		own = append(own, netip.MustParsePrefix(a))
	}
	if got := guardTable("mc-host-1", ownMAC, own).String(); got != wholeGuard {
		t.Errorf("got\n%s", got)
	}
}

// A link's own address turns one bit of the hardware address over.
func TestLinkLocal(t *testing.T) {
	for mac, want := range map[string]string{
		"02:00:00:00:00:02": "fe80::ff:fe00:2", "52:54:00:12:34:56": "fe80::5054:ff:fe12:3456", "fe:ff:ff:ff:ff:ff": "fe80::fcff:ffff:feff:ffff",
	} {
		var m MAC
		if err := m.UnmarshalText([]byte(mac)); err != nil {
			t.Fatal(err)
		}
		if got := linkLocal(m); got != netip.MustParseAddr(want) {
			t.Errorf("%s: got %s, want %s", mac, got, want)
		}
	}
}

// A kernel that has no nf_tables leads to the way out, and is no reason to
// refuse a removal; another error is what it is.
func TestKernelWithoutNftables(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EPROTONOSUPPORT, unix.EOPNOTSUPP, unix.EAFNOSUPPORT, unix.ENOENT} {
		err := whyGuard(fmt.Errorf("socket: %w", errno))
		if !errors.Is(err, errno) || !strings.Contains(err.Error(), "--no-antispoof") || !strings.Contains(err.Error(), "this kernel has no nf_tables") {
			t.Errorf("%v", err)
		}
		if err := unlessMissing(errno); err != nil {
			t.Errorf("a removal: %v", err)
		}
	}
	for _, err := range []error{unix.EPERM, unix.ENOMEM, nil} {
		if whyGuard(err) != err || unlessMissing(err) != err {
			t.Errorf("%v is changed", err)
		}
	}
}
