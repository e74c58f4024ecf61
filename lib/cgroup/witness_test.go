package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// attended gives a witness as a supervisor has it: of what a link has promised,
// whose descriptors are closed by then.
func attended(t *testing.T, g *Group) *Witness {
	t.Helper()
	plan, promises := g.Join()
	if err := plan.Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	w := Attend(*promises)
	for _, p := range *promises {
		_ = unix.Close(p.FD)
		if p.Birth > 0 {
			_ = unix.Close(p.Birth)
		}
	}
	if w == nil {
		t.Fatal("there is no witness")
	}
	return w
}

// hungry is a member that waits for a word, and then takes more than there is.
// It stays a zombie until it is reaped.
type hungry struct {
	t   *testing.T
	cmd *exec.Cmd
	eat func()
}

func newHungry(t *testing.T, g *Group) *hungry {
	t.Helper()
	cmd := exec.Command("sh", "-c", "read word; exec dd if=/dev/zero of=/dev/null bs=64M count=1")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if err := g.Move(cmd.Process.Pid).Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	return &hungry{t, cmd, func() { _, _ = input.Write([]byte("go\n")) }}
}

// dead waits until it is a zombie.
func (h *hungry) dead() {
	h.t.Helper()
	fd, err := unix.PidfdOpen(h.cmd.Process.Pid, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	defer unix.Close(fd)
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for n := 0; n == 0; {
		if n, err = unix.Poll(poll, 30000); err != nil && !errors.Is(err, unix.EINTR) || err == nil && n == 0 {
			h.t.Fatalf("it lives on: %v", err)
		}
	}
}

var small = Limits{"memory.max": "16777216", "memory.swap.max": "0"}

// TestWitness: the victim is named, with its size and both numbers.
func TestWitness(t *testing.T) {
	g := made(t, small)
	w := attended(t, g)
	h := newHungry(t, g)
	w.look()
	if len(w.suspects) != 1 || !w.judge() || g.Story() != nil {
		t.Fatalf("%v before anything was: %q", w.suspects, g.Story())
	}
	h.eat()
	h.dead()
	w.look()
	if !w.judge() {
		t.Error("it is not clear who it was")
	}
	told := strings.Join(g.Story(), "\n")
	if !strings.HasPrefix(told, "host-1: out of memory: killed dd (pid "+itoa(h.cmd.Process.Pid)+") ") || !strings.HasSuffix(told, " MiB of 16 MiB, swap 0") {
		t.Errorf("%q", told)
	}
	w.Ended()
	if again := strings.Join(g.Story(), "\n"); again != told {
		t.Errorf("%q, then %q", told, again)
	}
}

// TestWitnessReaped: of one that is gone a new kernel knows how it ended. An
// older one does not, and then nobody is named.
func TestWitnessReaped(t *testing.T) {
	g := made(t, small)
	w := attended(t, g)
	h := newHungry(t, g)
	w.look()
	var s *suspect
	for _, s = range w.suspects {
	}
	h.eat()
	_ = h.cmd.Wait()
	_, known := s.exit()
	w.look()
	w.judge()
	want := "killed a process at "
	if known {
		want = "(pid " + itoa(h.cmd.Process.Pid) + ") "
	}
	if told := strings.Join(g.Story(), "\n"); !strings.Contains(told, want) {
		t.Errorf("%q, and not %q", told, want)
	}
}

// TestWitnessTooMany: where more were killed than the kernel has killed for want
// of memory, nobody is named.
func TestWitnessTooMany(t *testing.T) {
	g := made(t, small)
	w := attended(t, g)
	h, other := newHungry(t, g), newHungry(t, g)
	w.look()
	if err := unix.Kill(other.cmd.Process.Pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	other.dead()
	h.eat()
	h.dead()
	w.look()
	w.judge()
	if told := strings.Join(g.Story(), "\n"); !strings.HasPrefix(told, "host-1: out of memory: killed a process at 1") {
		t.Errorf("%q", told)
	}
}

// TestWitnessOther: who was killed by somebody else is no victim.
func TestWitnessOther(t *testing.T) {
	g := made(t, small)
	w := attended(t, g)
	h := newHungry(t, g)
	w.look()
	_ = unix.Kill(h.cmd.Process.Pid, unix.SIGKILL)
	h.dead()
	w.Dying(h.cmd.Process.Pid)
	w.Ended()
	if told := g.Story(); told != nil {
		t.Errorf("%q", told)
	}
}

// TestWitnessChild: of the process that is waited for it is known also where all
// the others die with it, as in its PID namespace.
func TestWitnessChild(t *testing.T) {
	g := made(t, small)
	w := attended(t, g)
	h, other := newHungry(t, g), newHungry(t, g)
	w.look()
	h.eat()
	h.dead()
	_ = unix.Kill(other.cmd.Process.Pid, unix.SIGKILL)
	other.dead()
	w.Dying(h.cmd.Process.Pid)
	w.Ended()
	if told := strings.Join(g.Story(), "\n"); !strings.Contains(told, "killed dd (pid "+itoa(h.cmd.Process.Pid)+") ") || strings.Contains(told, "\n") {
		t.Errorf("%q", told)
	}
}

// TestWitnessWatches: all by itself, once it was told to watch.
func TestWitnessWatches(t *testing.T) {
	g := made(t, small)
	w := attended(t, g)
	h := newHungry(t, g)
	w.Watch(0)
	known := func() bool {
		w.lock.Lock()
		defer w.lock.Unlock()
		return len(w.suspects) > 0
	}
	for end := time.Now().Add(30 * time.Second); !known(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not look")
		}
	}
	h.eat()
	h.dead()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(strings.Join(g.Story(), ""), "killed dd "); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q", g.Story())
		}
	}
}

// TestNoWitness: without a promise to join, or with none of a group, there is
// none, and that is no error.
func TestNoWitness(t *testing.T) {
	folder, err := unix.Open(t.TempDir(), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(folder)
	for _, promises := range [][]chain.Promise{nil, {{FD: folder}}, {{FD: folder, Birth: folder}}, {{FD: 1 << 20}}} {
		w := Attend(promises)
		if w != nil {
			t.Errorf("%+v: a witness", promises)
		}
		w.Watch(1)
		w.Dying(1)
		w.Ended()
	}
}

// TestStory: several at once, and those of whom only the number is known; a name
// that would move the cursor.
func TestStory(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "a")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"memory.events": "oom 5\noom_kill 5\n", "memory.max": "max\n", "memory.peak": "2097152\n", "memory.swap.max": "4096\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := &Group{Name: "a", Parent: ".", host: &Host{unified: root, v2: []string{"memory"}}}
	at := "at 2 MiB of max, swap 4 KiB, below its own limit: a group above it had none left, or the host"
	if told := g.Story(); len(told) != 1 || told[0] != "a: out of memory: killed 5 processes "+at {
		t.Errorf("%q", told)
	}
	if err := unix.Setxattr(folder, noted, []byte("12 3 4096 e\x1bvil name\n13 13 0 x"), 0); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a: out of memory: killed e?vil name (pid 3 inside) of 4 KiB " + at,
		"a: out of memory: killed x (pid 13) " + at,
		"a: out of memory: killed 3 more",
	}
	if told := g.Story(); strings.Join(told, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", told)
	}
}
