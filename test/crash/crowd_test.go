//go:build !vm

package crash

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rounds is how often something is done: a few times, or as often as the long
// run wants it.
func rounds(few, many int) int {
	if long() {
		return many
	}
	return few
}

// started starts commands at once and gives how each of them ended.
func (p *place) started(lines []string) []result {
	p.t.Helper()
	type running struct {
		cmd      *exec.Cmd
		out, err strings.Builder
	}
	all := make([]*running, len(lines))
	for i, line := range lines {
		all[i] = &running{cmd: p.command(line)}
		all[i].cmd.Stdout, all[i].cmd.Stderr = &all[i].out, &all[i].err
		if err := all[i].cmd.Start(); err != nil {
			p.t.Fatal(err)
		}
	}
	watch := time.AfterFunc(time.Minute, func() {
		for _, r := range all {
			_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		}
	})
	results := make([]result, len(lines))
	for i, r := range all {
		_ = r.cmd.Wait()
		results[i] = result{status: r.cmd.ProcessState.ExitCode(), stdout: r.out.String(), stderr: r.err.String()}
	}
	if !watch.Stop() {
		p.t.Error("some were still there after a minute")
	}
	return results
}

// TestManyNames starts fifty containers at once: all run.
func TestManyNames(t *testing.T) {
	p := newPlace(t)
	start := p.host.State()
	var lines []string
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("mini-container.sh root many-%d 192.168.1.%d /bin/hostname", i, i+2))
	}
	for i, r := range p.started(lines) {
		if r.status != 0 || r.stdout != fmt.Sprintf("many-%d\n", i) || r.stderr != "" {
			t.Errorf("%s: %+v", lines[i], r)
		}
	}
	if is, ok := p.settles(start); !ok {
		t.Errorf("left\n%s", is)
	}
}

// TestOneName starts a name fifty times at once: one has it, the others say
// who has it.
func TestOneName(t *testing.T) {
	p := newPlace(t)
	start := p.host.State()
	p.must("mkfifo hold")
	hold, err := os.OpenFile(p.dir+"/hold", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := range 50 {
		// The one that wins waits until the others have lost.
		lines = append(lines, fmt.Sprintf("mini-container.sh root host-1 192.168.1.%d /bin/sh -c 'echo won; read -r x' <hold", i+2))
	}
	go func() { // a word for the winner, when all have had their turn
		time.Sleep(3 * time.Second)
		_, _ = hold.WriteString("enough\n")
	}()
	won := 0
	for _, r := range p.started(lines) {
		switch {
		case r.status == 0 && r.stdout == "won\n" && r.stderr == "":
			won++
		case r.status != 125 || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "host-1: is there already"):
			t.Errorf("%+v", r)
		}
	}
	_ = hold.Close()
	if won != 1 {
		t.Errorf("%d have won", won)
	}
	if is, ok := p.settles(start); !ok {
		t.Errorf("left\n%s", is)
	}
}

// TestStartAgainstStop lets starts and stops of one name race. A neighbour and
// what is not ours stay as they are.
func TestStartAgainstStop(t *testing.T) {
	p, start := furnished(t)
	for range rounds(50, 1000) {
		results := p.started([]string{
			container, container,
			"mc-net down host-1", "mc-cgroup delete --kill host-1", "mini-container.sh --gc",
		})
		for _, r := range results {
			if strings.Contains(r.stderr, "goroutine") || strings.Contains(r.stderr, "exists") {
				t.Errorf("%+v", r)
			}
		}
		p.heals("nobody", start, true)
	}
}

// TestBackToBack makes and removes one network again and again: name, address
// and link are free the moment that down returns.
func TestBackToBack(t *testing.T) {
	p := newPlace(t)
	start := p.host.State()
	n := rounds(100, 1000)
	p.must(fmt.Sprintf("for ((i = 0; i < %d; i++)); do mc-net up host-1 --ip 192.168.1.2/24 >/dev/null && mc-net down host-1 || exit; done", n))
	// What the kernel has still to destroy is bounded, and drains.
	if backlog := strings.Count(p.host.State(), "link: mc~"); backlog > n/2 {
		t.Errorf("%d of %d pairs wait for their end", backlog, n)
	} else {
		t.Logf("%d of %d pairs wait for their end", backlog, n)
	}
	if is, ok := p.settles(start); !ok {
		t.Errorf("left\n%s", is)
	}
}

// TestManyLives runs lives one after the other: what the kernel has of them
// does not grow.
func TestManyLives(t *testing.T) {
	p := newPlace(t)
	start, slab := p.host.State(), p.slab()
	n := rounds(100, 1000)
	p.must(fmt.Sprintf("for ((i = 0; i < %d; i++)); do %s >/dev/null || exit; done", n, container))
	backlog := strings.Count(p.host.State(), "link: mc~")
	if is, ok := p.settles(start); !ok {
		t.Errorf("left\n%s", is)
	}
	time.Sleep(time.Second)
	t.Logf("%d lives: %d pairs were waiting for their end; slab %d KiB before, %d after", n, backlog, slab, p.slab())
}

// slab is the memory of the kernel's objects, in KiB (proc_meminfo(5)). Other
// tests have a share in it: it is told, not judged.
func (p *place) slab() (kib int) {
	r := p.must(`awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo`)
	_, _ = fmt.Sscan(r.stdout, &kib)
	return kib
}

// TestDeadHolder kills and stops one who holds the lock: a dead one's is free,
// and of one that holds on is said who it is.
func TestDeadHolder(t *testing.T) {
	p := newPlace(t)
	const lock = "/proc/sys/net/ipv4/route/flush"
	hold := p.command("exec 9>" + lock + "; flock 9; echo held; exec sleep 1000")
	out, err := hold.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hold.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	waiting := p.command("mc-net up host-1 --ip 192.168.1.2/24")
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if r := p.do("mc-net ls"); r.status != 0 || r.stdout != "" {
		t.Errorf("while another holds the lock: %+v", r)
	}
	if err := hold.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = hold.Wait()
	if err := waiting.Wait(); err != nil {
		t.Errorf("after the holder's death: %v", err)
	}
	p.must("mc-net down --wait host-1")
}
