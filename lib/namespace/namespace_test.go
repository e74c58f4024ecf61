package namespace

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestFlags(t *testing.T) {
	all := Spec{Mount: true, UTS: true, IPC: true, PID: true, Net: true, Cgroup: true, User: true, Time: true}
	want := uintptr(0)
	for _, k := range kinds {
		want |= k.flag
	}
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
		{Spec{UTS: true, Hostname: strings.Repeat("h", 65)}, "at most 64"},
		{Spec{Net: true, JoinNet: "/x"}, "not both"},
	} {
		err := c.spec.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
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

// TestDisposition asks three shells what they do about TERM.
func TestDisposition(t *testing.T) {
	for script, want := range map[string]disposition{
		`echo; read x`:               byDefault,
		`trap '' TERM; echo; read x`: ignored,
		`trap : TERM; echo; read x`:  caught,
		`trap : USR2; echo; read x`:  byDefault,
	} {
		cmd := exec.Command("/bin/sh", "-c", script)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		child := &Child{PID: cmd.Process.Pid, fd: -1, status: -1}
		if got := child.disposition(syscall.SIGTERM); got != want {
			t.Errorf("%s: %d, want %d", script, got, want)
		}
		in.Close()
		_ = cmd.Wait()
	}
	gone := &Child{PID: 1 << 22, fd: -1, status: -1}
	if got := gone.disposition(syscall.SIGTERM); got != caught {
		t.Errorf("a process that is gone: %d", got)
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
	spec := Spec{Mount: true, UTS: true, IPC: true, Net: true, Cgroup: true, Propagation: "private", Hostname: "elsewhere"}
	before, err := threadIDs()
	if err != nil {
		return err
	}
	home, err := spec.Leaving()
	if err != nil {
		return err
	}
	if err := spec.Steps().Run(func(string) {}); err != nil {
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
	for _, kind := range []string{"mnt", "uts", "ipc", "net", "cgroup"} {
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

func TestHas(t *testing.T) {
	text := []byte("Name:\tx\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000004002\n")
	for _, c := range []struct {
		mask   string
		signal syscall.Signal
		want   bool
	}{
		{"SigIgn:", syscall.SIGHUP, true},
		{"SigIgn:", syscall.SIGINT, false},
		{"SigCgt:", syscall.SIGINT, true},
		{"SigCgt:", syscall.SIGTERM, true},
		{"SigCgt:", syscall.SIGHUP, false},
		{"SigNone:", syscall.SIGHUP, false},
	} {
		if got := has(text, c.mask, c.signal); got != c.want {
			t.Errorf("%s %v: %v", c.mask, c.signal, got)
		}
	}
}
