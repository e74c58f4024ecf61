package process

import (
	"slices"
	"strings"
	"testing"
)

// of is a process with these namespaces of its own.
func of(kinds ...string) *Process {
	p := &Process{Umask: "0022", OOMScore: new(int)}
	for _, kind := range []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"} {
		p.Namespaces = append(p.Namespaces, Namespace{Kind: kind, ID: 1, Ours: !slices.Contains(kinds, kind)})
	}
	return p
}

// TestArgs reads the options, and what is said that they cannot say.
func TestArgs(t *testing.T) {
	with := func(p *Process, change func(*Process)) *Process { change(p); return p }
	seen := of()
	for _, c := range []struct {
		name, options, unsaid string
		p                     *Process
	}{
		{"nothing", "", "", of()},
		{"plain kinds", "--cgroup --ipc --time --uts", "", of("uts", "time", "ipc", "cgroup")},
		{"one that has a name elsewhere", "", "", of("net")},
		{"mounts", "--mount", "what is mounted for it", of("mnt")},
		{"shared mounts", "--mount --propagation shared", "what is mounted", with(of("mnt"), func(p *Process) {
			p.Mounts = []Mount{{Point: "/", Propagation: "shared:1 master:2"}}
		})},
		{"process 1", "--pid", "", with(of("pid"), func(p *Process) { p.Inside = []int{1} })},
		{"process 2", "--pid --init", "it is number 2 there", with(of("pid"), func(p *Process) { p.Inside = []int{2} })},
		{"nested", "--pid", "1 more PID namespaces", with(of("pid"), func(p *Process) { p.Inside = []int{1, 1} })},
		{"root alone", "--userns", "", with(of("user"), func(p *Process) {
			p.UIDMap, p.GIDMap = []string{"0 0 1"}, []string{"0 0 1"}
		})},
		{"somebody alone", "--userns", "its user map (1000 1000 1)", with(of("user"), func(p *Process) {
			p.UIDMap, p.GIDMap = []string{"1000 1000 1"}, []string{"1000 1000 1"}
		})},
		{"a range", "--userns=auto", "(0 65536 65536)", with(of("user"), func(p *Process) {
			p.UIDMap, p.GIDMap = []string{"0 65536 65536"}, []string{"0 65536 65536"}
		})},
		{"a map that is hidden", "--userns", "empty or not for us to see", of("user")},
		{"a slave by birth", "--mount --userns", "", with(of("user", "mnt"), func(p *Process) {
			p.UIDMap, p.GIDMap = []string{"0 0 1"}, []string{"0 0 1"}
			p.Mounts = []Mount{{Point: "/", Propagation: "master:1"}}
		})},
		{"another umask", "--umask 0077", "", with(of(), func(p *Process) { p.Umask = "0077" })},
		{"spared", "", "oom_score_adj -500", with(of(), func(p *Process) { score := -500; p.OOMScore = &score })},
		{"in a group", "", "mc-cgroup exec: pids:/x", with(of(), func(p *Process) { p.Cgroups = []string{"pids:/x"} })},
		{"hidden", "", "net namespace: not for us to see", with(of(), func(p *Process) { p.Namespaces[3].ID = 0 })},
	} {
		options, unsaid := c.p.Args(seen)
		if got := strings.Join(options, " "); got != c.options {
			t.Errorf("%s: %q, not %q", c.name, got, c.options)
		}
		if got := strings.Join(unsaid, "; "); !strings.Contains(got, c.unsaid) || c.unsaid == "" && got != "" && !strings.Contains(c.options, "--mount") {
			t.Errorf("%s: unsaid is %q, not %q", c.name, got, c.unsaid)
		}
	}
}

// TestOwn knows whose a namespace is.
func TestOwn(t *testing.T) {
	p := of("net")
	if id, own := p.Own("net"); id != 1 || !own {
		t.Error("net is its own")
	}
	if _, own := p.Own("uts"); own {
		t.Error("uts is ours too")
	}
	if id, own := p.Own("no-such"); id != 0 || own {
		t.Error("there is no such kind")
	}
}
