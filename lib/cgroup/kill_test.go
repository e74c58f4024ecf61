package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/owner"
	"mini-container/lib/step"
)

func itoa(n int) string { return strconv.Itoa(n) }

// joins puts a process into the group of that folder.
func joins(t *testing.T, folder string, pid int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, "cgroup.procs"), []byte(itoa(pid)), 0); err != nil {
		t.Fatal(err)
	}
}

// TestKillWithoutFile kills in a group that has no cgroup.kill, as none had
// before Linux 5.14: in one of a v1 hierarchy, where there has never been one.
func TestKillWithoutFile(t *testing.T) {
	root := legacyRoot(t)
	g := &Group{Name: "old", Parent: "mini-container-test-" + itoa(os.Getpid()), host: &Host{unified: root}}
	if err := g.Create(nil, owner.Owner{}).Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(g.Path(), "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	joins(t, g.Path(), sleeper(t, nil))
	joins(t, inner, sleeper(t, nil))
	if got := len(g.pids(&files{})); got != 2 {
		t.Errorf("%d processes, not 2", got)
	}
	if err := g.Remove().Run(step.Silent); !errors.Is(err, unix.EBUSY) {
		t.Errorf("removed while it has processes: %v", err)
	}
	if err := append(g.Kill(unix.SIGKILL), g.Remove()...).Run(step.Silent); err != nil {
		t.Error(err)
	}
	if g.Exists() {
		t.Error("the group is still there")
	}
}

// legacyRoot is the mount point of a v1 hierarchy: the host's, or, where all
// controllers are on v2, one without a controller.
func legacyRoot(t *testing.T) string {
	t.Helper()
	host, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	if root := host.v1["pids"]; root != "" {
		return root
	}
	root := t.TempDir()
	t.Cleanup(func() {
		if err := unmountLegacy(root); err != nil {
			t.Error(err)
		}
	})
	if err := mountLegacy(root); err != nil {
		t.Fatalf("a hierarchy of cgroup v1: %v", err)
	}
	return root
}

const legacyName = "name=mini-container-test"

func mountLegacy(root string) error {
	return unix.Mount("cgroup", root, "cgroup", 0, "none,"+legacyName)
}

// unmountLegacy lets go of the hierarchy. It stays, with nobody to see it, when
// a group of it is still dying at that moment: then it is mounted once more.
func unmountLegacy(root string) error {
	for range 100 {
		if err := unix.Unmount(root, 0); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
		if text, err := os.ReadFile("/proc/self/cgroup"); err != nil || !strings.Contains(string(text), legacyName) {
			return err
		}
		if err := mountLegacy(root); err != nil {
			return err
		}
	}
	return errors.Join(errors.New("the hierarchy stays"), unix.Unmount(root, 0))
}
