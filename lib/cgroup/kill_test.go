package cgroup

import (
	"errors"
	"os"
	"os/exec"
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

// TestKillForking ends processes that fork while they are killed, one by one,
// where there is no cgroup.kill. There are never more of them than their tree
// has nodes.
func TestKillForking(t *testing.T) {
	root := legacyRoot(t)
	g := &Group{Name: "old", Parent: "mini-container-test-" + itoa(os.Getpid()), host: &Host{unified: root}}
	for range 5 {
		if err := g.Create(nil, owner.Owner{}).Run(step.Silent); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-c", `read word; f() { [ "$1" -gt 0 ] || exec sleep 100; f $(($1 - 1)) & f $(($1 - 1)) & wait; }; f 6`)
		input, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		joins(t, g.Path(), cmd.Process.Pid)
		if _, err := input.Write([]byte("go\n")); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(30 * time.Second); len(g.pids(&files{})) < 20; {
			if time.Now().After(end) {
				t.Fatal("it does not fork")
			}
		}
		done := make(chan error)
		go func() { done <- cmd.Wait() }() // no zombie keeps the group busy
		if err := append(g.Kill(unix.SIGKILL), g.Remove()...).Run(step.Silent); err != nil {
			t.Error(err)
		}
		<-done
	}
}
