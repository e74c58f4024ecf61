package process

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// TestLookAtOneself: what /proc says of this process is what the kernel says.
func TestLookAtOneself(t *testing.T) {
	p, err := Look(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if p.PID != os.Getpid() || p.UID[1] != os.Geteuid() || p.GID[1] != os.Getegid() {
		t.Errorf("%+v", p)
	}
	for _, n := range p.Namespaces {
		if !n.Ours || n.ID == 0 {
			t.Errorf("%s: %+v", n.Kind, n)
		}
	}
	if len(p.Namespaces) < 7 {
		t.Errorf("%v", p.Namespaces)
	}
	if own, err := os.Executable(); err != nil || p.Executable == nil || *p.Executable != own {
		t.Errorf("%v, want %s", p.Executable, own)
	}
	if !slices.Equal(p.Command, os.Args) {
		t.Errorf("%q, want %q", p.Command, os.Args)
	}
	nnp, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if err != nil || p.NoNewPrivs != (nnp == 1) {
		t.Errorf("%v, want %d", p.NoNewPrivs, nnp)
	}
	if !slices.ContainsFunc(p.Mounts, func(m Mount) bool { return m.Point == "/" }) {
		t.Errorf("%v", p.Mounts)
	}
}

// TestLookAtTheDead: who is gone, and who is only waited for.
func TestLookAtTheDead(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	p, err := Look(cmd.Process.Pid)
	if err != nil || !strings.HasPrefix(p.State, "Z") || len(p.Command) != 0 {
		t.Errorf("a zombie: %+v %v", p, err)
	} else if text := p.Text(); !strings.Contains(text, "z (zombie)") || !strings.Contains(text, "or a zombie") {
		t.Error(text)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := Look(cmd.Process.Pid); err == nil || !strings.Contains(err.Error(), "no such process") {
		t.Errorf("%v", err)
	}
}

func TestMountLine(t *testing.T) {
	for line, want := range map[string]Mount{
		"36 35 98:0 /mnt1 / rw,noatime master:1 - ext3 /dev/root rw,errors=continue": {
			Point: "/", Type: "ext3", Source: "/dev/root", Flags: []string{"rw", "noatime"}, Propagation: "master:1"},
		`37 35 98:0 / /a\040b ro,nosuid - tmpfs no\134ne rw`: {
			Point: "/a b", Type: "tmpfs", Source: `no\ne`, Flags: []string{"ro", "nosuid"}, Propagation: "private"},
		"38 35 98:0 / / rw,idmapped shared:2 master:3 - ext4 x rw": {
			Point: "/", Type: "ext4", Source: "x", Flags: []string{"rw", "idmapped"}, Propagation: "shared:2 master:3", IDMapped: true},
	} {
		all, err := mountinfo.GetMountsFromReader(strings.NewReader(line), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := shown(all[0])
		if got.Point != want.Point || got.Type != want.Type || got.Source != want.Source ||
			!slices.Equal(got.Flags, want.Flags) || got.Propagation != want.Propagation || got.IDMapped != want.IDMapped {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

func TestNames(t *testing.T) {
	if got := names("0000000000002001"); !slices.Equal(got, []string{"CAP_CHOWN", "CAP_NET_RAW"}) {
		t.Errorf("%q", got)
	}
	for _, none := range []string{"0", "", "x"} {
		if got := names(none); got == nil || len(got) != 0 {
			t.Errorf("%q: %q", none, got)
		}
	}
	if got := caps(names("ffffffffffffffff")); got != "all" {
		t.Errorf("%q", got)
	}
	if got := caps(names("ffffffffffffdfff")); got != "all but CAP_NET_RAW" {
		t.Errorf("%q", got)
	}
	if got := caps(nil); got != "none" {
		t.Errorf("%q", got)
	}
}

func TestWords(t *testing.T) {
	if got := numbers("0\t1  2 x"); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("%v", got)
	}
	if got := ids([]int{5, 5, 5, 5}); got != "5" {
		t.Errorf("%q", got)
	}
	if got := ids([]int{5, 6, 5, 5}); !strings.HasPrefix(got, "[5 6 5 5]") {
		t.Errorf("%q", got)
	}
	for _, m := range []struct {
		lines []string
		want  string
	}{{nil, hidden}, {[]string{}, "the host's"}, {[]string{"0 5 1"}, "0 5 1 (inside, outside, how many)"}} {
		if got := mapped(m.lines); got != m.want {
			t.Errorf("%v: %q", m.lines, got)
		}
	}
	if inside(nil) != "" || inside([]int{7, 1}) != ", inside number 1" {
		t.Error(inside([]int{7, 1}))
	}
}
