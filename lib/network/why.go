package network

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/name"
	"mini-container/lib/nft"
)

// maxPorts is how many ports the kernel lets a bridge have (BR_MAX_PORTS, less
// the port 0).
const maxPorts = 1023

// already is the error of a name that is taken.
func already(n name.Name) error {
	return fmt.Errorf("is there already: 'mc-net down %s' removes it", n)
}

// whyKind says what kernel module a link of a kind needs, when the kernel does
// not know the kind, and who can load it.
func whyKind(kind string, err error) error {
	if !errors.Is(err, unix.EOPNOTSUPP) {
		return err
	}
	if _, missing := os.Stat("/sys/module/" + kind); missing == nil {
		return err
	}
	has, capErr := capable.Has(unix.CAP_SYS_MODULE)
	if capErr == nil && !has {
		return fmt.Errorf("this kernel has no %s, and who lacks CAP_SYS_MODULE, as in a container, cannot load it: 'modprobe %s' on the host: %w", kind, kind, err)
	}
	return fmt.Errorf("this kernel has no %s: try 'modprobe %s': %w", kind, kind, err)
}

// whyVeth turns the errno of a new pair on a bridge into a cause.
func whyVeth(bridge string, err error) error {
	if errors.Is(err, unix.EXFULL) {
		return fmt.Errorf("the bridge %s is full: it has its %d ports: take another --bridge: %w", bridge, maxPorts, err)
	}
	return whyKind("veth", err)
}

// whyRate tells that the kernel does not know the queue: it says so by ENOENT.
func whyRate(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("this kernel has no tc-tbf(8): try 'modprobe sch_tbf': %w", err)
	}
	return err
}

// whyGuard says what a kernel lacks that takes no guard.
func whyGuard(err error) error {
	if missing(err) {
		return fmt.Errorf("this kernel has no nf_tables at a link (CONFIG_NF_TABLES_NETDEV): try 'modprobe nf_tables', or --no-antispoof: %w", err)
	}
	return err
}

// whyNat says what a kernel lacks that cannot translate addresses.
func whyNat(err error) error {
	if missing(err) {
		return fmt.Errorf("this kernel has not all of nf_tables' NAT: try 'modprobe -a nft_chain_nat nft_masq nft_fib_inet': %w", err)
	}
	return err
}

// whyTable tells of a table of our name that is not as we make it.
func whyTable(err error) error {
	if unlike := new(nft.Unlike); errors.As(err, &unlike) {
		return fmt.Errorf("%w: another version or somebody else has made it: 'nft delete table inet %s' removes it, with the ways of all containers", err, natTable)
	}
	return err
}

// whyAddress tells that a link takes no IPv6.
func whyAddress(s addAddress, err error) error {
	if errors.Is(err, unix.EACCES) && s.address.Addr().Is6() {
		return fmt.Errorf("IPv6 is off there (sysctl net.ipv6.conf.%s.disable_ipv6=0 turns it on): %w", s.link, err)
	}
	return err
}

// whyUnshare tells a limit from a missing feature (namespaces(7)).
func whyUnshare(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("the limit of /proc/sys/user/max_net_namespaces is reached: %w", err)
	case errors.Is(err, unix.EINVAL):
		if _, missing := os.Stat(ownNetns); missing != nil {
			return fmt.Errorf("this kernel has no network namespaces: %w", err)
		}
	}
	return err
}

// Privileged tells what this process lacks to change the network, before it
// tries (capabilities(7)), and who has it.
func Privileged() error {
	has, err := capable.Has(unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN)
	switch {
	case err != nil:
		return err
	case has:
		return nil
	case os.Geteuid() != 0:
		return fmt.Errorf("needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN): try sudo: %w", unix.EPERM)
	}
	return fmt.Errorf("this root has not both CAP_NET_ADMIN and CAP_SYS_ADMIN, as in a container: make the network from outside, with --pid: %w", unix.EPERM)
}
