package network

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// TestEnter moves the thread that does the steps, and only that.
func TestEnter(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	own, err := os.Readlink(ownNetns)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []Target{{Name: "host-1"}, {Path: "/run/netns/host-1"}} {
		err := onDyingThread(func() error {
			plan, err := Enter(target)
			if err != nil {
				return err
			}
			if got := plan[0].Say(); got != "nsenter --net=/run/netns/host-1" {
				t.Error(got)
			}
			if err := plan.Run(step.Silent); err != nil {
				return err
			}
			_, err = net.InterfaceByName("eth0")
			return err
		})
		if err != nil {
			t.Errorf("%v: %v", target, err)
		}
	}
	if now, err := os.Readlink(ownNetns); err != nil || now != own {
		t.Errorf("%s, %v: this thread was in %s", now, err, own)
	}
	for _, c := range []struct {
		target Target
		want   string
	}{
		{Target{Name: "nobody"}, "nobody: no such container"},
		{Target{Path: "/proc/self/ns/mnt"}, "/proc/self/ns/mnt: is no network namespace"},
		{Target{Path: "/none"}, "/none: no such file or directory"},
	} {
		if plan, err := Enter(c.target); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, %v", c.target, plan, err)
		}
	}
}

// TestEnterTheRotten: a name whose namespace is gone says so.
func TestEnterTheRotten(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	run(t, "umount", "/run/netns/host-1")
	run(t, "sh", "-c", "ip link delete mc-host-1 2>&1 || true")
	if _, err := Enter(Target{Name: "host-1"}); err == nil || err.Error() != "host-1: its network namespace is gone" {
		t.Error(err)
	}
	lines := checked(t, "host-1")
	says(t, lines, "bad namespace: is gone: 'mc-net down host-1' removes what is left, and up makes it again")
	if len(lines) != 1 {
		t.Errorf("%q", lines)
	}
}

// TestVisit: the error of the visitor is that of the visit; who cannot go there
// is not called.
func TestVisit(t *testing.T) {
	wanted := errors.New("wanted")
	own, err := unix.Open(ownNetns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(own)
	if err := visit(own, func() error { return wanted }); !errors.Is(err, wanted) {
		t.Error(err)
	}
	if err := visit(own, func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := visit(-1, func() error { t.Error("was called"); return nil }); !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
}
