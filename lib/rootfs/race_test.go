package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// swapped are the paths of a root that somebody exchanges for a symbolic link
// to the outside, over and over, while we mount on them.
var swapped = []string{"proc", "sys", "dev", "tmp", "etc", "etc/hosts", "etc/resolv.conf", "x", "x/y"}

const attempts = 60 // for each path

// TestRace: whatever the moment of the exchange, nothing comes up outside. No
// other test runs beside it, whose files it would close.
func TestRace(t *testing.T) {
	for _, path := range swapped {
		t.Run(path, func(t *testing.T) {
			outside := filepath.Join(t.TempDir(), "outside")
			must(t, os.MkdirAll(filepath.Join(outside, "y"), 0o755))
			must(t, os.WriteFile(filepath.Join(outside, "hosts"), []byte("the host's"), 0o644))
			root := makeRoot(t)
			for _, folder := range []string{"proc", "sys", "dev", "tmp", "x/y"} {
				must(t, os.MkdirAll(filepath.Join(root, folder), 0o755))
			}
			must(t, os.WriteFile(filepath.Join(root, "etc/resolv.conf"), nil, 0o644))
			before, err := snapshot(outside)
			must(t, err)
			swaps, stop := swapper(t, filepath.Join(root, path), outside)
			pivoted := 0
			open := descriptors(t)
			for range attempts {
				inNamespace(t, func() error {
					done, err := raced(root, outside)
					pivoted += done
					return err
				})
				for fd := range descriptors(t) { // an exec would close what a plan leaves open
					if !open[fd] {
						_ = unix.Close(fd)
					}
				}
			}
			stop()
			if after, err := snapshot(outside); err != nil || after != before {
				t.Errorf("the outside has changed (%v):\n%s\nbefore:\n%s", err, after, before)
			}
			if swaps.Load() < attempts {
				t.Errorf("only %d exchanges: this was no race", swaps.Load())
			}
			t.Logf("%d of %d pivoted, %d exchanges", pivoted, attempts, swaps.Load())
		})
	}
}

// descriptors are the open files of this process, but for those that have no
// path: the Go runtime's.
func descriptors(t *testing.T) map[int]bool {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	all := map[int]bool{}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		must(t, err)
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(to, "/") {
			all[fd] = true
		}
	}
	return all
}

// swapper exchanges the path and a symbolic link to the outside as fast as it
// can (renameat2(2), RENAME_EXCHANGE): there is no moment without either.
func swapper(t *testing.T, path, outside string) (swaps *atomic.Int64, stop func()) {
	t.Helper()
	if strings.HasSuffix(path, "hosts") || strings.HasSuffix(path, "resolv.conf") {
		outside = filepath.Join(outside, "hosts")
	}
	link := filepath.Join(t.TempDir(), "link") // of the same file system
	must(t, os.Symlink(outside, link))
	swaps = new(atomic.Int64)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			default:
			}
			if unix.Renameat2(unix.AT_FDCWD, link, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE) == nil {
				swaps.Add(1)
			}
		}
	}()
	return swaps, func() { close(end); <-ended }
}

// raced pivots, or is refused; and looks for mounts outside right before.
func raced(root, outside string) (pivoted int, err error) {
	plan, err := Pivot(Spec{Root: root, Binds: []Bind{{Source: "/usr", Target: "/x/y", ReadOnly: true}}})
	if err != nil {
		return 0, nil // refused is well: the link was there just then
	}
	refused := plan[:len(plan)-2].Run(step.Silent)
	all, err := mounts()
	if err != nil {
		return 0, err
	}
	for _, m := range all {
		if beneath(m.point, outside) {
			return 0, fmt.Errorf("%s: a mount came up there", m.point)
		}
	}
	if refused != nil {
		return 0, nil
	}
	err = plan[len(plan)-2:].Run(step.Silent)
	// A path of that name may be inside by now: what a link leads to is made there.
	if text, _ := os.ReadFile(filepath.Join(outside, "hosts")); strings.Contains(string(text), "the host's") {
		return 0, errors.Join(err, errors.New("the outside is seen inside"))
	}
	return 1, err
}
