package network

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestWait says what is missing, in the order in which it comes, and comes back
// as soon as nothing is.
func TestWait(t *testing.T) {
	missing := func(target Target, ports ...uint16) string {
		t.Helper()
		err := Wait(target, ports, time.Millisecond)
		late := new(Late)
		if !errors.As(err, &late) || late.ExitStatus() != 124 || !strings.HasSuffix(err.Error(), late.Missing+", after 1ms") {
			t.Errorf("%v", err)
			return ""
		}
		return late.Missing
	}
	host := Target{Name: "host-1"}
	if got := missing(host); got != "is not there" {
		t.Error(got)
	}
	if got := missing(Target{Path: "/run/netns/none"}); got != "is not there" {
		t.Error(got)
	}
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	if err := Wait(host, nil, time.Minute); err != nil {
		t.Error(err)
	}
	if err := Wait(Target{Path: "/run/netns/host-1"}, nil, 0); err != nil {
		t.Error(err)
	}
	if got := missing(host, 80); got != "nobody listens at TCP port 80" {
		t.Error(got)
	}
	for _, c := range []struct{ breaks, mends, want string }{
		{"ip -n host-1 link set eth0 down", "ip -n host-1 link set eth0 up", "eth0: is down"},
		{"ip link set mc-host-1 down", "ip link set mc-host-1 up", "eth0: is down"},
		{"ip -n host-1 address flush dev eth0", "ip -n host-1 address add 192.168.1.2/24 dev eth0", "has no address"},
		{"ip -n host-1 link add d0 type bridge", "ip -n host-1 link delete d0", "d0: is down"},
	} {
		run(t, "sh", "-ec", c.breaks)
		if got := missing(host); got != c.want {
			t.Errorf("%s: %q, not %q", c.breaks, got, c.want)
		}
		done := make(chan error)
		go func() { done <- Wait(host, nil, time.Minute) }()
		run(t, "sh", "-ec", c.mends)
		if err := <-done; err != nil {
			t.Errorf("%s: %v", c.mends, err)
		}
	}
}

// TestWaitForAnAddressThatIsTested, and for one that can never be used.
func TestWaitForAnAddressThatIsTested(t *testing.T) {
	s := spec(t, "host-1", "192.168.1.2/24")
	s.Unguarded = true // it takes addresses that it was not given
	upFor(t, s)
	in, err := enter("/run/netns/host-1")
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	run(t, "ip", "-n", "host-1", "address", "add", "fd00::2/64", "dev", "eth0")
	if missing, err := in.unsettled(); err != nil || missing != "eth0: fd00::2 is still tested" {
		t.Errorf("%q, %v", missing, err)
	}
	if err := Wait(Target{Name: "host-1"}, nil, time.Minute); err != nil {
		t.Error(err)
	}
	stranger(t, "mc0", "fd00::3/64")
	for _, words := range []string{"delete fd00::3/64 dev eth0", "add fd00::3/64 dev eth0 nodad"} {
		run(t, append([]string{"nsenter", "--net=" + strangersNetns(t), "ip", "address"}, strings.Fields(words)...)...)
	}
	run(t, "ip", "-n", "host-1", "address", "add", "fd00::3/64", "dev", "eth0")
	err = Wait(Target{Name: "host-1"}, nil, time.Minute)
	if err == nil || err.Error() != "host-1: eth0: another host has the address fd00::3" {
		t.Error(err)
	}
}
