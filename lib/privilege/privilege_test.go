package privilege

import (
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// TestSetText: names as docker has them, and the numbers that travel.
func TestSetText(t *testing.T) {
	for text, want := range map[string]Set{
		"NET_RAW": 1 << unix.CAP_NET_RAW, "cap_net_raw": 1 << unix.CAP_NET_RAW, "Cap_Chown": 1, "all": All, "ALL": All,
		"chown,kill": 1 | 1<<unix.CAP_KILL, " chown": 1,
	} {
		var s Set
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q: %#x %v, want %#x", text, s, err, want)
		}
	}
	for _, bad := range []string{"", "CAP_", "nothing", "chown,", "cap_cap_chown", "-1", "chown kill"} {
		var s Set
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q: is taken as %#x", bad, s)
		}
	}
	var s Set
	for _, flag := range []string{"kill", "chown"} { // one flag after the other
		if err := s.UnmarshalText([]byte(flag)); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Names(); !slices.Equal(got, []string{"CAP_CHOWN", "CAP_KILL"}) {
		t.Errorf("%q", got)
	}
}

// podman is the list of podman's default capabilities (containers.conf(5)): the
// default is no more than that, and has no NET_RAW.
var podman = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
	"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

func TestDefault(t *testing.T) {
	for _, name := range Default.Names() {
		if !slices.Contains(podman, name) {
			t.Errorf("%s is more than podman gives", name)
		}
	}
	if Default.Has(unix.CAP_NET_RAW) || Default.Has(unix.CAP_MKNOD) {
		t.Error("has NET_RAW or MKNOD")
	}
}

// TestTravels: what one link promises is what the next one reads.
func TestTravels(t *testing.T) {
	set, mask := Default, Mode(0o27)
	made := Spec{
		Capabilities: &set, Kept: All, NoNewPrivs: true, Seccomp: 7, User: "a:b", Groups: []string{"c"}, Umask: &mask,
		Limits: []Limit{NoCore, {Name: "nofile", Soft: 3, Hard: unix.RLIM_INFINITY, resource: unix.RLIMIT_NOFILE}}, Keyring: true, Killable: true, UserNS: 8,
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var read Spec
	if err := json.Unmarshal(text, &read); err != nil || !reflect.DeepEqual(made, read) {
		t.Errorf("%s: %+v, want %+v; %v", text, read, made, err)
	}
	if got := read.Files(); !slices.Equal(got, []int{7, 8}) {
		t.Errorf("%v", got)
	}
	if made.IsZero() || !(Spec{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestLimitText(t *testing.T) {
	for text, want := range map[string]string{
		"nofile=5": "nofile=5:5", "nofile=5:6": "nofile=5:6", "core=-1": "core=unlimited:unlimited",
		"core=0:unlimited": "core=0:unlimited", "nproc=infinity": "nproc=unlimited:unlimited",
	} {
		var l Limit
		if err := l.UnmarshalText([]byte(text)); err != nil || l.String() != want {
			t.Errorf("%s: %s %v", text, l, err)
		}
	}
	for _, bad := range []string{"", "nofile", "nofile=", "nofile=x", "nofile=2:1", "nofile=1:", "nofile=:1", "files=1", "nofile=-2", "nofile=1:2:3", "nofile=1.5"} {
		var l Limit
		if err := l.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q: is taken as %s", bad, l)
		}
	}
}

func TestModeText(t *testing.T) {
	for text, want := range map[string]string{"022": "0022", "27": "0027", "0": "0000", "0777": "0777"} {
		var m Mode
		if err := m.UnmarshalText([]byte(text)); err != nil || m.String() != want {
			t.Errorf("%s: %s %v", text, m, err)
		}
	}
	for _, bad := range []string{"", "8", "1777", "-1", "rwx", "02 2", "022x"} {
		var m Mode
		if err := m.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q: is taken as %s", bad, m)
		}
	}
}

// TestOrder: what needs to be root comes before the user changes, and the
// filter last of all; without no_new_privs, while CAP_SYS_ADMIN is still there,
// and then the keyring is before it: docker's profile refuses to make one.
func TestOrder(t *testing.T) {
	fd, err := Hand(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	set := Set(1)
	spec := Spec{Capabilities: &set, NoNewPrivs: true, Seccomp: fd, User: "12:13", Keyring: true, Limits: []Limit{NoCore}, UserNS: 99}
	order := []string{"ulimit core", "enter the user namespace", "drop CAP_KILL", "become user 12", "a session keyring", "set the capabilities", "die with", "no_new_privs", "set the filter"}
	in(t, spec, order)
	spec.NoNewPrivs = false
	in(t, spec, []string{"enter the user namespace", "a session keyring", "set the filter", "drop CAP_KILL", "become user 12"})
}

func in(t *testing.T, spec Spec, order []string) {
	t.Helper()
	calls, _, err := spec.Calls(Who{})
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, what := range order {
		at := slices.IndexFunc(calls, func(c raw.Call) bool { return strings.HasPrefix(c.What, what) })
		if at <= last {
			t.Errorf("%s is number %d, after %d", what, at, last)
		}
		last = at
	}
}

// TestWho looks users up in files that are not well made.
func TestWho(t *testing.T) {
	for user, want := range map[string]Who{
		"0":       {UID: 0, GID: 0, Home: "/root"},
		"7777":    {UID: 7777, GID: 0, Home: "/"},
		"7777:88": {UID: 7777, GID: 88, Home: "/"},
		"root:88": {UID: 0, GID: 88, Home: "/root"},
	} {
		who, named, err := Spec{User: user, Groups: []string{"99"}}.who(Here)
		if err != nil || !named || who.UID != want.UID || who.GID != want.GID || who.Home != want.Home || !slices.Contains(who.Groups, 99) {
			t.Errorf("%s: %+v %v %v", user, who, named, err)
		}
	}
	for _, bad := range []string{"no-such-user", ":no-such-group", "-1", "99999999999", "0:99999999999"} {
		if who, _, err := (Spec{User: bad}).who(Here); err == nil {
			t.Errorf("%q: is %+v", bad, who)
		}
	}
}

// TestOpen: a file of the root is not waited for, nor read without end.
func TestOpen(t *testing.T) {
	fifo := t.TempDir() + "/fifo"
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, "/dev/zero", "/"} {
		if _, err := open(path); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
	f, err := open("/no/such/file")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d %v", n, err)
	}
}

// TestOf compares two processes: this one has nothing that it has not itself;
// another has what it was started with.
func TestOf(t *testing.T) {
	same, err := Of(os.Getpid())
	if err != nil || !same.IsZero() || same.Filtered {
		t.Errorf("%+v %v", same, err)
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root, to start a process with fewer privileges")
	}
	cmd := exec.Command("sh", "-c", "ulimit -c 0; echo ready; read x")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 77, Gid: 88, Groups: []uint32{99}}}
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
	defer func() { _ = in.Close(); _ = cmd.Wait() }()
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	of, err := Of(cmd.Process.Pid)
	if err != nil || of.User != "77:88" || !slices.Equal(of.Groups, []string{"99"}) || of.Capabilities == nil || of.Kept != 0 || len(of.Limits) != 1 {
		t.Errorf("%+v %v", of, err)
	}
}

// TestSayIsSetpriv: what is said are options that setpriv(1) has.
func TestSayIsSetpriv(t *testing.T) {
	set := Set(1<<unix.CAP_NET_RAW | 1)
	said := Spec{Capabilities: &set, NoNewPrivs: true, User: "1:2", Keyring: true, Killable: true, Limits: []Limit{NoCore}, Seccomp: 1, UserNS: 1}.Say()
	if !slices.Contains(said, "prlimit --core=1:1 setpriv --reuid 1 --regid 2 --clear-groups --bounding-set -all,+chown,+net_raw --inh-caps -all --ambient-caps -all --no-new-privs") {
		t.Errorf("%q", said)
	}
	if all := All.setpriv(); all != "+all" {
		t.Errorf("%q", all)
	}
}

// TestHand: a filter that was handed on is read back; half of one is none.
func TestHand(t *testing.T) {
	if _, err := (Spec{Seccomp: 9999}).filter(); err == nil {
		t.Error("a descriptor that is not there is taken")
	}
	fd, err := Hand(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := (Spec{Seccomp: fd}).filter(); err == nil {
		t.Error("an empty filter is taken")
	}
}
