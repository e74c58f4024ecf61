package privilege

import (
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// texts is a root that has these files.
func texts(files map[string]string) Root {
	return func(path string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(files[path])), nil }
}

var inRoot = texts(map[string]string{
	"/etc/passwd": "root:x:0:0::/root:/bin/sh\nweb:x:82:83::/srv/web:/bin/sh\n",
	"/etc/group":  "root:x:0:root\nwheel:x:10:root\nweb:x:83:\nmore:x:84:web\n",
})

// A spec is the options of unshare(1), prlimit(1) and setpriv(1), in the order in
// which each still may do its work.
func TestShell(t *testing.T) {
	set, mask := Default, Mode(0o27)
	for _, c := range []struct {
		name    string
		spec    Spec
		through []string
		outside int    // how many of them are run before the root is entered, with all that they say
		enter   string // what nsenter does of it
	}{
		{"nothing", Spec{}, nil, 0, ""},
		{"a cgroup namespace", Spec{CgroupNS: true}, []string{"unshare --cgroup"}, 1, ""},
		{"limits", Spec{Limits: []Limit{NoCore, {Name: "nofile", Soft: 9, Hard: unix.RLIM_INFINITY}}}, []string{"prlimit --core=1:1 --nofile=9:unlimited"}, 1, ""},
		{"root", Spec{User: "0"}, []string{"setpriv --reuid 0 --regid 0 --groups 0,10"}, 1, ""},
		{"a user of the root", Spec{User: "web"}, []string{"setpriv --reuid 82 --regid 83 --groups 84"}, 0, ""},
		{"one of no group", Spec{User: "7:8"}, []string{"setpriv --reuid 7 --regid 8 --clear-groups"}, 0, " --setgid 8 --setuid 7"},
		{"more groups", Spec{User: "7:8", Groups: []string{"wheel"}}, []string{"setpriv --reuid 7 --regid 8 --groups 10"}, 0, ""},
		{"no new privileges", Spec{NoNewPrivs: true}, []string{"setpriv --no-new-privs"}, 1, ""},
		{"what may chroot", Spec{Capabilities: &set}, []string{"setpriv --bounding-set " + set.setpriv() + " --inh-caps -all --ambient-caps -all"}, 1, ""},
		{"what may not", Spec{CgroupNS: true, Capabilities: new(Set)}, []string{"unshare --cgroup", "setpriv --bounding-set -all --inh-caps -all --ambient-caps -all"}, 1, ""},
		{"all of it", Spec{CgroupNS: true, Limits: []Limit{NoCore}, NoNewPrivs: true, Umask: &mask}, []string{"unshare --cgroup", "prlimit --core=1:1", "setpriv --no-new-privs"}, 3, ""},
	} {
		said, err := c.spec.Shell(inRoot)
		if err != nil || !slices.Equal(said.Through, c.through) {
			t.Errorf("%s: %v, %q", c.name, err, said.Through)
		}
		inside := c.through[c.outside:]
		if c.enter != "" {
			inside = nil // nsenter does it
		}
		if !slices.Equal(said.Outside, c.through[:c.outside]) || said.Enter != c.enter || !slices.Equal(said.Inside, inside) {
			t.Errorf("%s: outside %q, nsenter %q, inside %q", c.name, said.Outside, said.Enter, said.Inside)
		}
	}
	said, err := (Spec{User: "7:8", Capabilities: &set, NoNewPrivs: true}).Shell(inRoot)
	if want := []string{"setpriv --bounding-set " + set.setpriv() + " --inh-caps -all --ambient-caps -all --no-new-privs"}; err != nil || !slices.Equal(said.Outside, want) || said.Inside != nil {
		t.Errorf("a user without powers: %v, outside %q, inside %q", err, said.Outside, said.Inside)
	}
	if said, err := (Spec{User: "web"}).Shell(inRoot); err != nil || said.Who.Home != "/srv/web" {
		t.Errorf("%v: the home is %q", err, said.Who.Home)
	}
	if _, err := (Spec{User: "nobody-there"}).Shell(inRoot); err == nil {
		t.Error("a user that the root has not is said")
	}
}

// What no command does is a remark, and the rest comes before.
func TestShellBefore(t *testing.T) {
	mask := Mode(0o27)
	for want, spec := range map[string]Spec{
		"# A filter of system calls": {Seccomp: 1},
		"# A session keyring":        {Keyring: true},
		"# Root in a user namespace": {UserNS: 1},
		"# Descriptor 12 stays open": {KeepFDs: []int{12}},
		"umask 0027":                 {Umask: &mask},
		"cd '/a b'":                  {Workdir: "/a b"},
		"mount -t proc -o ro,":       {Proc: true},
		`[ "$(cat /proc/self/oom`:    {Killable: true},
	} {
		said, err := spec.Shell(inRoot)
		if err != nil || len(said.Before) == 0 || !strings.HasPrefix(said.Before[0], want) {
			t.Errorf("%s: %v, %q", want, err, said.Before)
		}
		if spec.IsZero() {
			t.Errorf("%s: is nothing", want)
		}
	}
}

// A trace says of an unknown user that he is.
func TestSayUnknown(t *testing.T) {
	said := Spec{User: "nobody-there-at-all"}.Say()
	if len(said) != 1 || !strings.HasPrefix(said[0], "# user nobody-there-at-all: ") {
		t.Errorf("%q", said)
	}
}
