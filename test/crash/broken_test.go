//go:build !vm

package crash

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// broken is a host that lacks something. What breaks it and what mends it are
// commands of bash, in the test's own mount namespace.
type broken struct {
	name          string
	breaks, mends string
	within        string // what the call is run by or after

	// meets tells which calls meet the lack; nil is all.
	meets func(call string) bool
	// kills tells that Go's runtime ends a tool there, with its own words: no
	// program in Go can keep it from that. It is as if it was killed.
	kills bool
}

// mounted is said to all hierarchies, as this mount namespace sees them.
func mounted(how string) string {
	return "for mount in $(findmnt --noheadings --list --output TARGET --types cgroup,cgroup2); do mount -o remount,bind," + how + " $mount; done"
}

// smallRoot puts the root on a file system of its own, in which the folders to
// mount on are missing.
const smallRoot = "mv root whole; mkdir root; mount -t tmpfs -o size=64M,nr_inodes=4k tmpfs root; cp -a whole/. root; rm -rf root/proc root/sys root/dev; "

const smallRootGone = "umount root; rmdir root; mv whole root"

func usesRoot(call string) bool { return strings.Contains(call, " root ") }

// prints is a call whose output is the tool's, not the command's.
func prints(call string) bool { return !strings.Contains(call, "/bin/") }

// isTool is a call of a tool: bash itself waits half a minute for a fork.
func isTool(call string) bool { return !strings.HasPrefix(call, script) }

var brokenHosts = []broken{
	{name: "a /run that is read-only", breaks: "mount -o remount,ro /run", mends: "mount -o remount,rw /run"},
	{name: "a /run without room", breaks: "mount -t tmpfs -o nr_inodes=1 tmpfs /run", mends: "umount /run"},
	{name: "control groups that are read-only", breaks: mounted("ro"), mends: mounted("rw")},
	{name: "no control groups", breaks: "mount -t tmpfs tmpfs /sys/fs/cgroup", mends: "umount /sys/fs/cgroup"},
	{name: "no /proc", breaks: "mount -t tmpfs tmpfs /proc", mends: "umount /proc"},
	{name: "a root that is read-only", breaks: smallRoot + "mount -o remount,ro root", mends: smallRootGone, meets: usesRoot},
	{name: "a root without room", breaks: smallRoot + "(cd root && seq 4096 | xargs touch 2>/dev/null || true)", mends: smallRootGone, meets: usesRoot},
	{name: "no streams", within: "exec <&- >&-;"},
	{name: "a disk that is full", within: "exec >/dev/full;", meets: prints},
}

// poorHosts are those with few free descriptors, and few free processes.
func poorHosts() (all []broken) {
	descriptors, processes := []int{5, 7, 9, 11, 14, 17}, []int{2, 4, 6}
	if whole() {
		descriptors, processes = nil, nil
		for n := 1; n < 10; n++ {
			processes = append(processes, n)
			descriptors = append(descriptors, 3+2*n, 4+2*n)
		}
	}
	for _, n := range descriptors {
		all = append(all, broken{name: fmt.Sprintf("%d descriptors", n), within: fmt.Sprintf("ulimit -n %d;", n)})
	}
	for _, n := range processes {
		all = append(all, broken{
			name: fmt.Sprintf("%d processes", n), within: fmt.Sprintf("mc-cgroup run poor --pids-max %d -- env", n),
			mends: "mc-cgroup delete --kill poor", meets: isTool, kills: true,
		})
	}
	return all
}

// TestBroken calls every verb, and the script, on hosts that lack something.
// Either it works, or it says so; nothing is left, and when the host is mended
// the same call works.
func TestBroken(t *testing.T) {
	for i, u := range usages {
		t.Run(fmt.Sprintf("%d-%s", i, strings.ReplaceAll(u.verb, " ", "-")), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			for _, b := range append(poorHosts(), brokenHosts...) {
				if b.meets == nil || b.meets(u.call) {
					p.on(b, u)
				}
			}
		})
	}
}

// ownWords begin a line of ours.
var ownWords = regexp.MustCompile(`^(mc-(net|cgroup|ns|rootfs)|mini-container): .*: `)

// runtimeWords begin those of Go's runtime when it gets no thread.
var runtimeWords = regexp.MustCompile(`^runtime: failed to create new OS thread`)

// on calls the verb on the broken host.
func (p *place) on(b broken, u usage) {
	p.t.Helper()
	start := p.host.State()
	if u.before != "" {
		p.must(u.before)
	}
	ready := p.host.State()
	at := fmt.Sprintf("%s, with %s", u.call, b.name)
	p.must(b.breaks)
	r := p.do(b.within + " " + u.line())
	p.must(b.mends)
	p.t.Logf("%s: %d %s", at, r.status, firstLine(r.stderr))
	killed := b.kills && runtimeWords.MatchString(r.stderr)
	found := u.finds != "" && r.status == 1 && strings.HasPrefix(r.stdout, u.finds)
	if !killed && !found {
		p.judge(u, r, at)
		p.incomplete(u, r, at)
		p.left(u, r, ready, at)
	}
	p.cleaned(u, start, at)
}

// left looks at what a call that has failed says and leaves, and repeats it.
func (p *place) left(u usage, r result, ready, at string) {
	p.t.Helper()
	if r.status == 0 {
		return
	}
	if !ownWords.MatchString(r.stderr) {
		p.t.Errorf("%s: says not who fails: %+v", at, r)
	}
	if !u.removes {
		if is, ok := p.settles(ready); !ok {
			p.t.Errorf("%s: the state is\n%s\nand was\n%s", at, is, ready)
		}
	}
	p.works(u, at)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
