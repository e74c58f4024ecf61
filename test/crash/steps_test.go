//go:build !vm

package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSteps fails each step of each verb, and of the whole script: one clear
// line and 125, the kernel's state as before, and the same call works then.
func TestSteps(t *testing.T) {
	for i, u := range usages {
		for _, verb := range verbsOf(u) {
			t.Run(fmt.Sprintf("%d-%s", i, strings.ReplaceAll(verb, " ", "-")), func(t *testing.T) {
				t.Parallel()
				p := newPlace(t)
				if u.verb == script { // so that the bridge stays
					p.must(neighbour)
					defer p.do("mc-net down --wait neighbour")
				}
				t.Logf("%s: failed at each of the %d steps of %s", u.call, p.failAll(u, verb), verb)
			})
		}
	}
}

const neighbour = "mc-net up neighbour --ip 192.168.1.9/24 >/dev/null"

// verbsOf are the verbs that a usage calls.
func verbsOf(u usage) []string {
	if u.verb != script {
		return []string{u.verb}
	}
	if u.explains() {
		return []string{"mc-net up", "mc-cgroup create", "mc-cgroup exec", "mc-ns run", "mc-rootfs pivot"}
	}
	return []string{
		"mc-net up", "mc-cgroup run", "mc-ns run", "mc-rootfs pivot",
		"mc-cgroup delete", "mc-net down",
	}
}

// failAll lets the usage fail at the first step of the verb, the second, and so
// on, until it does not fail any more.
func (p *place) failAll(u usage, verb string) (steps int) {
	p.t.Helper()
	start := p.host.State()
	for n := 1; ; n++ {
		if u.before != "" {
			p.must(u.before)
		}
		ready := p.host.State()
		at := fmt.Sprintf("%s %d", verb, n)
		r := p.do(u.line(), "MC_FAULT=fail "+at)
		if r.status == 0 {
			p.cleaned(u, start, at)
			if u.explains() && n == 1 {
				p.t.Errorf("%s: says no step of %s", u.call, verb)
			}
			return n - 1
		}
		p.incomplete(u, r, at)
		if lines := strings.Count(r.stderr, "\n"); r.status != 125 || r.hung || lines != 1 || !strings.HasSuffix(r.stderr, "injected fault\n") {
			p.t.Errorf("%s: %+v", at, r)
		}
		if !u.removes && verb != "mc-net down" && verb != "mc-cgroup delete" {
			if is, ok := p.settles(ready); !ok {
				p.t.Errorf("%s: the state is\n%s\nand was\n%s", at, is, ready)
			}
		}
		if u.verb != script { // there the next fault comes after this step
			p.works(u, at)
		}
		p.cleaned(u, start, at)
	}
}

// explains tells that the usage only prints a script.
func (u usage) explains() bool { return strings.Contains(u.call, "--explain") }

// incomplete is what a failed call has printed of a script: nothing, or what no
// shell runs.
func (p *place) incomplete(u usage, r result, at string) {
	p.t.Helper()
	if !u.explains() || r.status == 0 || r.stdout == "" {
		return
	}
	file := filepath.Join(p.dir, "incomplete.sh")
	if err := os.WriteFile(file, []byte(r.stdout), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if runs := p.do("sh -n incomplete.sh"); runs.status == 0 {
		p.t.Errorf("%s: the script is as if it was complete: %q", at, r.stdout)
	}
}

// line is the usage as bash takes it.
func (u usage) line() string { return strings.TrimSpace(u.within + " " + u.call) }

// works does the same again, which has to succeed.
func (p *place) works(u usage, at string) {
	p.t.Helper()
	if r := p.do(u.line()); r.status != 0 || r.stderr != "" {
		p.t.Errorf("after the failure at %s: %+v", at, r)
	}
}

// cleaned cleans up, and looks whether all is as at the start.
func (p *place) cleaned(u usage, start, at string) {
	p.t.Helper()
	if u.after != "" {
		p.do(u.after)
	}
	var last string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		p.do("mini-container.sh --gc") // again: who was killed just now may live for a moment
		if last = p.host.State(); last == start {
			return
		}
	}
	p.t.Fatalf("%s: in the end the state is\n%s\nand was\n%s", at, last, start)
}
