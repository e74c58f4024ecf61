package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// Host is a host for one test: a network and a mount namespace in which the
// calling goroutine, and every program that it starts, lives from now on, and
// a parent for its control groups.
type Host struct {
	Parent string // for MC_CGROUP_PARENT
	marker string // MC_TEST=…, in the environment of the test's processes
	mounts string
}

// Isolate takes a plain Go test onto a host of its own, and fails it for what
// it leaves there. Programs must be started by the test's own goroutine: those
// of t.Run and go are elsewhere.
func Isolate(t *testing.T) *Host {
	t.Helper()
	host, err := NewHost(strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, leak := range host.Leaks() {
			t.Error("the test leaves " + leak)
		}
		host.Clear()
	})
	return host
}

// NewHost takes the calling goroutine onto a host of its own. Its thread is
// locked and never let go, so that the runtime ends it with the goroutine.
func NewHost(name string) (*Host, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("the kernel tests need root")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return nil, fmt.Errorf("a host for the test: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("private mounts: %w", err)
	}
	// An empty /run: no name of another test's namespace is seen, nor left.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"); err != nil {
		return nil, fmt.Errorf("a /run for the test: %w", err)
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("lo: %w: %s", err, out)
	}
	id := fmt.Sprintf("%d-%d-%s", os.Getpid(), count.Add(1), name)
	h := &Host{Parent: groupsOfTests() + "/" + id, marker: "MC_TEST=" + id}
	h.mounts = mounts()
	return h, nil
}

// groupsOfTests is the parent of all hosts' groups: one for each process, as
// the tests of several packages run at once.
func groupsOfTests() string { return "mini-container-test-" + strconv.Itoa(os.Getpid()) }

// count makes the hosts' names differ.
var count atomic.Int64

// Environ is what the test's programs get besides the tree's.
func (h *Host) Environ() []string {
	return []string{"MC_CGROUP_PARENT=" + h.Parent, h.marker, "TERM=dumb"}
}

// mounts are the points of this thread's mounts, a line each. That of
// /run/netns on itself is not counted: ip-netns(8) makes it, and leaves it.
func mounts() string {
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return err.Error()
	}
	var points []string
	for line := range strings.Lines(string(text)) {
		if point := strings.Fields(line)[4]; point != "/run/netns" {
			points = append(points, point)
		}
	}
	return strings.Join(points, "\n")
}

// groups are the control groups of the test, in all hierarchies, outermost
// first.
func (h *Host) groups() []string {
	var all []string
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		found, _ := filepath.Glob(pattern + h.Parent)
		for _, top := range found {
			_ = filepath.WalkDir(top, func(path string, entry os.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					all = append(all, path)
				}
				return nil
			})
		}
	}
	return all
}
