package chain

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// show is a command that shows what of the chain has reached it.
const show = `env | grep -E '^MC_(PROMISES|STATUS_FD)='; ls /proc/self/fd | tr '\n' ' '`

// clean is what show prints where nothing has: ls has its folder open, as 3.
const clean = "0 1 2 3 "

// Promises go along our tools and are kept, in order, right before the
// command; no word and no descriptor of the chain reaches it.
func TestPromises(t *testing.T) {
	folder := install(t)
	write(t, filepath.Join(folder, "f"), 0o644, "")
	got := run(t, folder, nil, "mc-ns", "promise", "f", "first ", "--", "mc-cgroup", "look", "f", "promise", "f", "second", "--", "sh", "-c", "cat f; echo; "+show)
	if got.stdout != "first second\n"+clean || got.status != 0 {
		t.Errorf("the command shows %q, status %d", got.stdout, got.status)
	}
	if !strings.Contains(got.stderr, `mc-cgroup sees ""`) {
		t.Errorf("a promise was kept before the last link: %s", got.stderr)
	}
	if want := "# write to f\n+ # write to f\n+ exec sh -c"; !strings.Contains(got.stderr, want) {
		t.Errorf("the trace is %s", got.stderr)
	}
}

// A file that has only the name of a tool is the command: the promises are
// kept before it and it gets none.
func TestForeign(t *testing.T) {
	folder, elsewhere := install(t), t.TempDir()
	foreign := write(t, filepath.Join(elsewhere, "mc-ns"), 0o755, "#!/bin/sh\ncat f; "+show+"\n")
	link := filepath.Join(folder, "mc-rootfs")
	if err := os.Symlink(foreign, link); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{foreign, link} {
		write(t, filepath.Join(folder, "f"), 0o644, "")
		got := run(t, folder, nil, "mc-cgroup", "promise", "f", "kept ", "--", program)
		if got.stdout != "kept "+clean || got.status != 0 {
			t.Errorf("%s shows %q, status %d: %s", program, got.stdout, got.status, got.stderr)
		}
	}
	// Our own by a link from elsewhere is ours.
	ourOwn := filepath.Join(elsewhere, "mc-cgroup")
	if err := os.Symlink(filepath.Join(folder, "mc-ns"), ourOwn); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "f"), 0o644, "")
	got := run(t, folder, nil, "mc-ns", "promise", "f", "late", "--", ourOwn, "look", "f", "cat", "f")
	if got.stdout != "late" || !strings.Contains(got.stderr, `sees ""`) {
		t.Errorf("by a link: %q, %s", got.stdout, got.stderr)
	}
	// So is one that is named from the current folder.
	write(t, filepath.Join(folder, "f"), 0o644, "")
	got = run(t, folder, nil, "mc-ns", "promise", "f", "late", "--", "./mc-cgroup", "look", "f", "cat", "f")
	if got.stdout != "late" || !strings.Contains(got.stderr, `sees ""`) {
		t.Errorf("from the current folder: %q, %s", got.stdout, got.stderr)
	}
}

// Between two of our tools a foreign one ends the promises' way.
func TestThrough(t *testing.T) {
	folder := install(t)
	write(t, filepath.Join(folder, "f"), 0o644, "")
	got := run(t, folder, nil, "mc-ns", "promise", "f", "kept", "--", "env", "A=1", "mc-cgroup", "look", "f", "--", "sh", "-c", "echo $A; "+show)
	if got.stdout != "1\n"+clean || !strings.Contains(got.stderr, `mc-cgroup sees "kept"`) {
		t.Errorf("got %q, %s", got.stdout, got.stderr)
	}
}

// Each link says on the status descriptor where it goes; the command does not
// have that descriptor.
func TestStatusLines(t *testing.T) {
	folder := install(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := run(t, folder, []*os.File{w}, "mc-ns", "--", "mc-cgroup", "--", "sh", "-c", show)
	w.Close()
	if got.stdout != clean {
		t.Errorf("the command shows %q", got.stdout)
	}
	var seen []string
	for scan := bufio.NewScanner(r); scan.Scan(); {
		var line struct{ Link, Step, Next string }
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, line.Link+" "+line.Step+" "+line.Next)
	}
	if want := []string{"mc-ns exec mc-cgroup", "mc-cgroup exec sh"}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}

// A promise that cannot be kept ends the chain: the command never runs.
func TestBroken(t *testing.T) {
	folder := install(t)
	got := run(t, folder, nil, "mc-ns", "promise", "/dev/full", "x", "--", "echo", "ran")
	if got.stdout != "" || got.status != 125 || !strings.Contains(got.stderr, "write to full: no space left on device") {
		t.Errorf("got %+v", got)
	}
	for _, value := range []string{"garbage", `[{"fd":1000,"text":"","what":"join"}]`} {
		if _, err := (Link{Environ: []string{"PATH=/bin:/usr/bin", "MC_PROMISES=" + value}}).Prepare([]string{"true"}); err == nil {
			t.Errorf("MC_PROMISES=%s is taken", value)
		}
	}
}

// A status descriptor that is none is told before anything is changed, and
// nothing is run.
func TestNoStatus(t *testing.T) {
	for value, want := range map[string]string{
		"1000": "MC_STATUS_FD=1000: not an open descriptor",
		"x":    "MC_STATUS_FD=x: not a descriptor's number",
		"-1":   "MC_STATUS_FD=-1: not a descriptor's number",
	} {
		p, err := Link{Environ: []string{"PATH=/bin:/usr/bin", "MC_STATUS_FD=" + value}}.Prepare([]string{"true"})
		if p != nil || err == nil || err.Error() != want {
			t.Errorf("%s: %+v, %v", value, p, err)
		}
	}
}

// Each -- of the chain is for one link: what a link strips, the next has not.
func TestDashes(t *testing.T) {
	folder := install(t)
	for _, c := range []struct {
		args   []string
		stdout string
		status int
	}{
		{[]string{"mc-ns", "--", "printf", "%s.", "--", "a"}, "--.a.", 0},
		{[]string{"mc-ns", "--", "mc-cgroup", "--", "printf", "%s.", "a", "--"}, "a.--.", 0},
		{[]string{"mc-ns", "printf", "%s.", "--"}, "--.", 0},
		{[]string{"mc-ns", "--", "--", "printf"}, "", 127},
		{[]string{"mc-ns", "--", "sh", "-c", "exit 42"}, "", 42},
	} {
		if got := run(t, folder, nil, c.args...); got.stdout != c.stdout || got.status != c.status {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}

// Inside a container no file is ours, though it lies beside a tool's twin.
func TestInside(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	twin := filepath.Join(filepath.Dir(self), "mc-net")
	if err := os.Symlink(self, twin); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(twin)
	path := write(t, filepath.Join(filepath.Dir(self), "mc-rootfs"), 0o755, "")
	defer os.Remove(path)
	for inside, want := range map[bool]bool{false: true, true: false} {
		p, err := Link{Inside: inside, Environ: os.Environ()}.Prepare([]string{path})
		if err != nil || p.Ours != want {
			t.Errorf("inside %v: %+v, %v", inside, p, err)
		}
	}
	// By its own name the twin is no tool: what it leads to counts.
	if is, err := ours(twin); is || err != nil {
		t.Errorf("%s leads to %s and is taken for a tool: %v", twin, self, err)
	}
	// What cannot be looked at is neither a tool nor the command.
	if is, err := (Link{}).links(filepath.Join(filepath.Dir(self), "none", "mc-net")); is || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a tool that is gone: %t, %v", is, err)
	}
	if is, err := (Link{Inside: true}).links(path); is || err != nil {
		t.Errorf("inside: %t, %v", is, err)
	}
}

// One leading -- is taken off, and no more; without a command it is the shell.
func TestCommand(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{[]string{"a", "--", "b"}, []string{"a", "--", "b"}},
		{[]string{"--", "a", "--"}, []string{"a", "--"}},
		{[]string{"--", "--", "a"}, []string{"--", "a"}},
		{[]string{""}, []string{""}},
		{nil, []string{"/my/shell"}},
		{[]string{"--"}, []string{"/my/shell"}},
	} {
		if got := (Link{Environ: []string{"SHELL=/my/shell"}}).Command(c.args); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.args, got, c.want)
		}
	}
	for _, l := range []Link{{}, {Inside: true, Environ: []string{"SHELL=/my/shell"}}} {
		if got := l.Command(nil); !slices.Equal(got, []string{"/bin/sh"}) {
			t.Errorf("%+v: got %q", l, got)
		}
	}
}

// A child that is forked has the three descriptors and no other.
func TestFork(t *testing.T) {
	folder := t.TempDir()
	p, err := Link{Tool: "mc-ns", Environ: os.Environ(), Trace: func(string) {}}.Prepare([]string{"--", "sh", "-c", "ls /proc/self/fd >" + filepath.Join(folder, "fds") + "; exit 7"})
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer leaked.Close()
	pid, err := p.Fork(nil)
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	state, err := process.Wait()
	if err != nil || state.ExitCode() != 7 {
		t.Errorf("%v, %v", state, err)
	}
	// 1 is the file, and ls has its folder open.
	if fds, _ := os.ReadFile(filepath.Join(folder, "fds")); string(fds) != "0\n1\n2\n3\n" {
		t.Errorf("the child has %q", fds)
	}
}
