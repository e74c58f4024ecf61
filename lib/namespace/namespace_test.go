package namespace

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

func TestFlags(t *testing.T) {
	all := Spec{Mount: true, UTS: true, IPC: true, PID: true, Net: true, User: true, Time: true}
	want := uintptr(0)
	for _, k := range kinds {
		want |= k.flag
	}
	want &^= unix.CLONE_NEWCGROUP // a promise
	if got := all.flags(); got != want {
		t.Errorf("all kinds: %#x, want %#x", got, want)
	}
	if got := (Spec{}).flags(); got != 0 {
		t.Errorf("no kind: %#x", got)
	}
	// What a clone makes, the thread must not have left; and the other way.
	if got := (Spec{PID: true, UTS: true}).cloned(); got != unix.CLONE_NEWPID {
		t.Errorf("cloned with a PID namespace: %#x", got)
	}
	if got := all.cloned(); got != want&^unix.CLONE_NEWTIME {
		t.Errorf("cloned with a user namespace: %#x", got)
	}
	if got := all.unshared(); got != 0 {
		t.Errorf("unshared before a user namespace: %#x", got)
	}
	if got := (Spec{PID: true, UTS: true, Time: true}).unshared(); got != unix.CLONE_NEWUTS|unix.CLONE_NEWTIME {
		t.Errorf("unshared with a PID namespace: %#x", got)
	}
}

func TestSay(t *testing.T) {
	var said []string
	for _, s := range (Spec{
		Mount: true, UTS: true, JoinNet: "/run/netns/a b", Propagation: "slave", Hostname: "h", Domainname: "d",
	}).Steps() {
		said = append(said, s.Say())
	}
	want := `nsenter '--net=/run/netns/a b'
unshare --uts --mount
mount --make-rslave /
hostname h
domainname d`
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("said:\n%s\nwant:\n%s", got, want)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string // a part of the error; empty for none
	}{
		{Spec{}, ""},
		{Spec{UTS: true, Hostname: "h"}, ""},
		{Spec{Hostname: "h"}, "without --uts"},
		{Spec{Domainname: "d"}, "without --uts"},
		{Spec{Mount: true, Propagation: "shared"}, ""},
		{Spec{Propagation: unchanged}, ""},
		{Spec{Propagation: "private"}, "without --mount"},
		{Spec{Net: true, JoinNet: "/x"}, "not both"},
	} {
		err := c.spec.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
		}
	}
}

// What belongs to a new user namespace is done inside, and nothing of it before.
func TestInside(t *testing.T) {
	s := Spec{User: true, UTS: true, Mount: true, Time: true, Propagation: "private", Hostname: "h", Domainname: "d"}
	if steps := s.Steps(); len(steps) != 0 {
		t.Errorf("the thread itself does %d steps", len(steps))
	}
	var said []string
	for _, step := range s.Inside().Steps() {
		said = append(said, step.Say())
	}
	if got, want := strings.Join(said, "; "), "unshare --time; mount --make-rprivate /; hostname h; domainname d"; got != want {
		t.Errorf("inside: %s, want %s", got, want)
	}
	if got, want := s.Start(nil).Say(), "unshare --fork --kill-child --user --uts --mount --map-root-user"; got != want {
		t.Errorf("start: %s, want %s", got, want)
	}
	s.User = false
	if s.Inside() != (Spec{}) {
		t.Errorf("without a user namespace: %+v", s.Inside())
	}
}

func TestNodename(t *testing.T) {
	label := strings.Repeat("h", 63)
	for text, want := range map[string]string{
		"host-1": "", "h": "", "a.b.example": "", "Upper": "", "9": "", label: "",
		"":                      "no part is empty",
		".":                     "no part is empty",
		"a..b":                  "no part is empty",
		"a.":                    "no part is empty",
		"-a":                    "first or last",
		"a-":                    "first or last",
		"a b":                   "joined by dots",
		"a_b":                   "joined by dots",
		"a\nb":                  "joined by dots",
		"$(reboot)":             "joined by dots",
		"é":                     "joined by dots",
		label + "h":             "longer than 63",
		strings.Repeat("h", 65): "at most 64",
	} {
		var n Nodename
		err := n.UnmarshalText([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err == nil && string(n) != text {
			t.Errorf("%q became %q", text, n)
		}
	}
}

func TestPropagation(t *testing.T) {
	for text, valid := range map[string]bool{"private": true, "slave": true, "shared": true, "unchanged": true, "": false, "rslave": false} {
		var p Propagation
		if err := p.UnmarshalText([]byte(text)); (err == nil) != valid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestIDs(t *testing.T) {
	got, err := ids("self")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if got[k.file] == 0 {
			t.Errorf("%s: no number", k.file)
		}
	}
}

// TestHome leaves for new namespaces, and comes back.
func TestHome(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("needs root")
	}
	result := make(chan error)
	go func() { result <- leaveAndReturn(t) }()
	select {
	case err := <-result:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("no answer")
	}
}

func leaveAndReturn(t *testing.T) error {
	spec := Spec{Mount: true, UTS: true, IPC: true, Net: true, Propagation: "private", Hostname: "elsewhere"}
	before, err := threadIDs()
	if err != nil {
		return err
	}
	home, err := spec.Leaving()
	if err != nil {
		return err
	}
	if err := spec.Steps().Run(step.Silent); err != nil {
		return err
	}
	away, err := threadIDs()
	if err != nil {
		return err
	}
	if err := home.Return(); err != nil {
		return err
	}
	after, err := threadIDs()
	if err != nil {
		return err
	}
	for _, kind := range []string{"mnt", "uts", "ipc", "net"} {
		if away[kind] == before[kind] {
			t.Errorf("%s: was not left", kind)
		}
		if after[kind] != before[kind] {
			t.Errorf("%s: is not home", kind)
		}
	}
	if name, err := os.Hostname(); err != nil || name == "elsewhere" {
		t.Errorf("host name: %s, %v", name, err)
	}
	return nil
}

func threadIDs() (map[string]uint64, error) { return ids("thread-self") }

// TestNewUser: its root is one of 65536 ids that nobody has, and nothing but
// the descriptor is left.
func TestNewUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to map ids that are not its own")
	}
	fd, first, err := NewUser()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if first < firstID || first+ids64K-1 > lastID || first%ids64K != 0 {
		t.Errorf("the first is %d", first)
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil || kind != unix.CLONE_NEWUSER {
		t.Errorf("%#x %v", kind, err)
	}
	if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); !errors.Is(err, unix.ECHILD) {
		t.Errorf("a child is left: %v", err)
	}
}
