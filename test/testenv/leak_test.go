package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// onHost runs act on a host of its own, in a goroutine that dies with it.
func onHost(t *testing.T, act func(h *Host) error) {
	t.Helper()
	done := make(chan error)
	go func() {
		h, err := NewHost("leak")
		if err == nil {
			err = act(h)
		}
		done <- err
		runtime.Goexit() // locked: the thread and its namespaces end here
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Each kind of thing that a test could leave is seen, and said.
func TestLeaks(t *testing.T) {
	process := func(h *Host) (*exec.Cmd, error) {
		sleep := exec.Command("sleep", "100")
		sleep.Env = append(os.Environ(), h.Environ()...)
		return sleep, sleep.Start()
	}
	group := func(h *Host) string {
		if CgroupV2() {
			return filepath.Join("/sys/fs/cgroup", h.Parent)
		}
		return filepath.Join("/sys/fs/cgroup/memory", h.Parent)
	}
	for _, c := range []struct {
		want string
		make func(h *Host) (undo func(), err error)
	}{
		{"", func(*Host) (func(), error) { return func() {}, nil }},
		{"link: br0", func(*Host) (func(), error) {
			return func() {}, exec.Command("ip", "link", "add", "br0", "type", "bridge").Run()
		}},
		{"rules: ", func(*Host) (func(), error) {
			return func() {}, exec.Command("nft", "add", "table", "inet", "one").Run()
		}},
		{"namespace: /run/netns/x", func(*Host) (func(), error) {
			_ = os.Mkdir("/run/netns", 0o755)
			return func() {}, os.WriteFile("/run/netns/x", nil, 0o644)
		}},
		{"mount: /mnt", func(*Host) (func(), error) {
			return func() {}, unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "")
		}},
		{"mount gone: /run", func(*Host) (func(), error) {
			return func() {}, unix.Unmount("/run", 0)
		}},
		{"group: ", func(h *Host) (func(), error) {
			return func() {}, os.MkdirAll(group(h), 0o755)
		}},
		{"process: ", func(h *Host) (func(), error) {
			sleep, err := process(h)
			return func() { _ = sleep.Wait() }, err
		}},
	} {
		onHost(t, func(h *Host) error {
			undo, err := c.make(h)
			if err != nil {
				return err
			}
			left := h.left()
			if c.want == "" && len(left) > 0 {
				t.Errorf("a host that is as it was: %q", left)
			}
			if c.want != "" && !slices.ContainsFunc(left, func(l string) bool { return strings.HasPrefix(l, c.want) }) {
				t.Errorf("%q is not seen: %q", c.want, left)
			}
			h.Clear()
			undo()
			if groups := h.groups(); len(groups) > 0 {
				t.Errorf("Clear leaves %q", groups)
			}
			return nil
		})
	}
}

// What differs is said line by line, doubled lines too.
func TestDifference(t *testing.T) {
	got := difference("mount", "a\nb\nb\nc", "a\nb\nd")
	if want := []string{"mount: d", "mount gone: b", "mount gone: c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := difference("mount", "a\nb", "b\na"); len(got) != 0 {
		t.Errorf("an order: %q", got)
	}
	if got := difference("mount", "", "a"); !slices.Equal(got, []string{"mount: a"}) {
		t.Errorf("of nothing: %q", got)
	}
}

// A need that is not known is an error, whatever is there.
func TestNeed(t *testing.T) {
	if _, err := Need("root", "rooot"); err == nil {
		t.Error("rooot is taken for a need")
	}
	t.Setenv("PATH", t.TempDir())
	missing, err := Need("bwrap", "jq")
	if err != nil || !slices.Equal(missing, []string{"needs bwrap", "needs jq"}) {
		t.Errorf("%q, %v", missing, err)
	}
}

// What is typed goes through the terminal; a window that closes hangs up.
func TestTerminal(t *testing.T) {
	shell := exec.Command("sh", "-c", `trap 'stty size' WINCH; stty size; read -r x; echo "got <$x>"; while :; do sleep 0.05; done`)
	p := NewTerminal(t, shell)
	p.Expect(`24 80`)
	p.Type("hello\n")
	p.Expect(`got <hello>`)
	p.Resize(100, 30)
	p.Expect(`30 100`)
	p.Type(Ctrl('C'))
	if p.Wait(); shell.ProcessState.String() != "signal: interrupt" {
		t.Errorf("ctrl-c: %v", shell.ProcessState)
	}
	cat := exec.Command("cat")
	p = NewTerminal(t, cat)
	p.Type("x\n")
	p.Expect(`x\r\nx`)
	p.Close()
	if p.Wait(); cat.ProcessState.String() != "signal: hangup" {
		t.Errorf("a closed window: %v", cat.ProcessState)
	}
}
