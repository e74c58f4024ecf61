//go:build !vm

package crash

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// said is a line of --trace=json, as docs/schema.json has it.
type said struct {
	Tool, Step string
	Undo       bool
	Seconds    *float64
	Error      string
}

// traced runs the whole chain and gives what its steps say, and the lines that
// are no objects.
func (p *place) traced(options string, environ ...string) (steps []said, others []string, r result) {
	p.t.Helper()
	r = p.do("mini-container.sh --trace=json "+options+" root host-1 192.168.1.2 /bin/hostname", environ...)
	for line := range strings.Lines(r.stderr) {
		if !strings.HasPrefix(line, "{") {
			others = append(others, line)
			continue
		}
		var s said
		words := json.NewDecoder(strings.NewReader(line))
		words.DisallowUnknownFields()
		if err := words.Decode(&s); err != nil || s.Tool == "" || s.Step == "" || s.Seconds == nil || *s.Seconds < 0 {
			p.t.Fatalf("%s: %v, %+v", line, err, s)
		}
		steps = append(steps, s)
	}
	return steps, others, r
}

// landmarks are steps of a whole run in their order. At the end two tools work at
// once: the order of theirs is looked at for each.
var landmarks = map[string][]string{
	"until the command": {
		"mc-net: sh -C -c ': >/run/netns/host-1'", "mc-net: unshare --net", "mc-net: ip link add mc-host-1 ",
		"mc-net: nft 'table netdev", "mc-net: ip -n host-1 route add default",
		"mc-cgroup: mkdir -m", "mc-cgroup: exec 3>", "mc-cgroup: exec mc-ns ",
		"mc-ns: nsenter --net=/run/netns/host-1", "mc-ns: unshare ", "mc-ns: hostname host-1", "mc-ns: exec mc-rootfs ",
		"mc-rootfs: mount --rbind", "mc-rootfs: mount -t proc", "mc-rootfs: mknod -m 0666", "mc-rootfs: cd ", "mc-rootfs: exec /bin/hostname",
	},
	"its group goes": {"mc-rootfs: exec /bin/hostname", "mc-cgroup: chmod 0555", "mc-cgroup: rmdir"},
	"its network goes": {
		"mc-rootfs: exec /bin/hostname", "mc-net: ip link set mc-host-1 nomaster down",
		"mc-net: nft delete table", "mc-net: umount --lazy /run/netns/host-1",
	},
}

// TestTrace runs the whole chain: every tool's steps are there, in order, with
// the time that each took.
func TestTrace(t *testing.T) {
	p := newPlace(t)
	start := time.Now()
	steps, others, r := p.traced("")
	whole := time.Since(start).Seconds()
	if r.status != 0 || len(others) > 0 || r.stdout != "host-1\n" {
		t.Fatalf("%+v, %q", r, others)
	}
	all, sum := []string{}, 0.0
	for _, s := range steps {
		all = append(all, s.Tool+": "+s.Step)
		sum += *s.Seconds
		if s.Undo || s.Error != "" {
			t.Errorf("%+v: nothing has failed", s)
		}
	}
	if sum <= 0 || sum > 2*whole { // two tools work at once, at the end
		t.Errorf("the steps took %f s of %f s", sum, whole)
	}
	for name, marks := range landmarks {
		at := 0
		for _, mark := range marks {
			found := slices.IndexFunc(all[at:], func(s string) bool { return strings.HasPrefix(s, mark) })
			if found < 0 {
				t.Fatalf("%s: no step %q after step %d of\n%s", name, mark, at, strings.Join(all, "\n"))
			}
			at += found
		}
	}
}

// TestTraceSlow makes one step wait: it is the slowest, and it shows how slow.
func TestTraceSlow(t *testing.T) {
	p := newPlace(t)
	p.must("flock root sleep 1.5 </dev/null >/dev/null 2>&1 & until ! flock -n root true; do sleep 0.01; done")
	steps, _, r := p.traced("")
	if r.status != 0 || len(steps) == 0 {
		t.Fatalf("%+v", r)
	}
	slowest := slices.MaxFunc(steps, func(a, b said) int { return int(1e9 * (*a.Seconds - *b.Seconds)) })
	if !strings.Contains(slowest.Step, "flock") || *slowest.Seconds < 0.5 || *slowest.Seconds > 10 {
		t.Errorf("the slowest is %+v, of %f s", slowest, *slowest.Seconds)
	}
}

// TestTraceFailed fails a step of each tool: it alone has the error, and those
// before it are undone, the last one first.
func TestTraceFailed(t *testing.T) {
	for _, verb := range []string{"mc-net up", "mc-cgroup run", "mc-ns run", "mc-rootfs pivot"} {
		for _, n := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s-%d", strings.ReplaceAll(verb, " ", "-"), n), func(t *testing.T) {
				newPlace(t).traceFailed(verb, n)
			})
		}
	}
}

func (p *place) traceFailed(verb string, n int) {
	p.t.Helper()
	steps, others, r := p.traced("", fmt.Sprintf("MC_FAULT=fail %s %d", verb, n))
	tool, _, _ := strings.Cut(verb, " ")
	if r.status != 125 || len(others) != 1 || others[0] != tool+": injected fault\n" {
		p.t.Fatalf("%+v, %q", r, others)
	}
	bad := slices.IndexFunc(steps, func(s said) bool { return s.Error != "" })
	if bad < 0 || steps[bad].Tool != tool || steps[bad].Error != "injected fault" || steps[bad].Undo {
		p.t.Fatalf("%d: %+v", bad, steps)
	}
	done := slices.DeleteFunc(slices.Clone(steps[:bad]), func(s said) bool { return s.Tool != tool })
	if len(done) != n-1 {
		p.t.Errorf("%d steps before the failed one: %+v", len(done), done)
	}
	var undone []said
	for _, s := range steps[bad+1:] {
		if s.Error != "" {
			p.t.Errorf("one more error: %+v", s)
		}
		if s.Undo {
			undone = append(undone, s)
		}
	}
	if len(undone) != n-1 {
		p.t.Fatalf("%d steps are undone: %+v", len(undone), undone)
	}
	for i, s := range undone {
		if s.Tool != tool || s.Step != done[n-2-i].Step {
			p.t.Errorf("undone %d. is %+v, of %+v", i, s, done)
		}
	}
}
