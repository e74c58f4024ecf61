package network

import (
	"errors"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"mini-container/test/testenv"
)

// TestWhyKind asks the kernel for a kind of link that it has not: what it says
// is what it says of a bridge whose module is not loaded.
func TestWhyKind(t *testing.T) {
	testenv.Isolate(t)
	err := netlink.LinkAdd(&netlink.GenericLink{LinkAttrs: netlink.LinkAttrs{Name: "x"}, LinkType: "mc-none"})
	if !errors.Is(err, unix.EOPNOTSUPP) {
		t.Fatalf("a kind that there is not: %v", err)
	}
	if said := whyKind("mc-none", err); !errors.Is(said, err) || !strings.Contains(said.Error(), "this kernel has no mc-none: try 'modprobe mc-none'") {
		t.Error(said)
	}
	// A module that is there is not the cause, nor is it of another errno.
	if said := whyKind("kernel", unix.EPERM); said != error(unix.EPERM) {
		t.Error(said)
	}
}
