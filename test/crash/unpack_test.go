//go:build !vm

package crash

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestUnpackKilled kills an unpack at the edges of its steps, and at random
// moments. Either there is no root, or all of it; the next unpack works, and
// leaves nothing of the one before.
func TestUnpackKilled(t *testing.T) {
	p := newPlace(t)
	p.must("tar -czf root.tar.gz -C root .")
	p.must("mc-rootfs unpack root.tar.gz whole >/dev/null")
	begin := time.Now()
	p.must("mc-rootfs unpack root.tar.gz out >/dev/null; rm -rf out")
	life := time.Since(begin)
	for n := 1; n <= 3; n++ {
		for _, edge := range []string{"before", "after"} {
			at := fmt.Sprintf("%s mc-rootfs unpack %d", edge, n)
			r := p.do("mc-rootfs unpack root.tar.gz out", "MC_FAULT="+at)
			if r.status != 128+int(syscall.SIGKILL) && r.status != -1 {
				t.Errorf("%s: %+v", at, r)
			}
			p.unpackedOrNot(at)
		}
	}
	cut := 0
	for range kills(t) {
		cmd := p.command("exec mc-rootfs unpack root.tar.gz out >/dev/null")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		delay := time.Duration(rand.Int64N(int64(life)))
		time.Sleep(delay)
		_ = cmd.Process.Kill() // it may be over
		if err := cmd.Wait(); err != nil {
			cut++
		}
		p.unpackedOrNot(fmt.Sprintf("after %v", delay))
	}
	if cut == 0 {
		t.Error("nothing was killed in time")
	}
	t.Logf("of %d, %d were killed in lives of %v", kills(t), cut, life)
}

// unpackedOrNot looks at what a killed one has left, and has the next one done.
func (p *place) unpackedOrNot(at string) {
	p.t.Helper()
	const same = "diff -r --no-dereference whole out"
	if r := p.do("[[ ! -e out ]] || { " + same + "; rm -rf out; }"); r.status != 0 || r.stdout != "" {
		p.t.Errorf("killed %s: half a root: %+v", at, r)
	}
	r := p.do("mc-rootfs unpack -q root.tar.gz out >/dev/null && " + same + " && rm -rf out && ls -A")
	if r.status != 0 || r.stderr != "" || strings.TrimSpace(r.stdout) != "root\nroot.tar.gz\nwhole" {
		p.t.Errorf("the next one, killed %s: %+v", at, r)
	}
}

// TestUnpackCrowd starts ten unpacks of one folder at once: one makes it, the
// others say why not.
func TestUnpackCrowd(t *testing.T) {
	p := newPlace(t)
	p.must("tar -czf root.tar.gz -C root .")
	for range rounds(5, 50) {
		made := 0
		for _, r := range p.started(slices.Repeat([]string{"mc-rootfs unpack root.tar.gz out"}, 10)) {
			switch {
			case r.status == 0 && r.stderr == "":
				made++
			case r.status != 125 || strings.Count(r.stderr, "\n") != 1 ||
				!strings.Contains(r.stderr, "is at work in it") && !strings.Contains(r.stderr, "not empty"):
				t.Errorf("%+v", r)
			}
		}
		if made != 1 {
			t.Errorf("%d have made it", made)
		}
		p.must("diff -r --no-dereference root out && rm -rf out && test ! -e .out.unpack")
	}
}
