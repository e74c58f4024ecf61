package rootfs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// inNamespace runs act in a mount namespace of its own: a thread that is never
// unlocked, and so ends with its namespace, root, working directory and umask.
func inNamespace(t *testing.T, act func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
				return fmt.Errorf("unshare (these tests need root): %w", err)
			}
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return err
			}
			return act()
		}()
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// makeRoot makes a small root: few folders, no mount points.
func makeRoot(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "a root's folder")
	for _, folder := range []string{"etc", "bin", "data/deep"} {
		must(t, os.MkdirAll(filepath.Join(root, folder), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(root, "etc/hosts"), []byte("the root's own\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(root, "data/file"), []byte("data\n"), 0o644))
	return root
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// snapshot is every path of a tree with its mode, and what is in it.
func snapshot(folder string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			content, err = os.Readlink(p)
		case info.Mode().IsRegular():
			var text []byte
			text, err = os.ReadFile(p)
			content = string(text)
		}
		fmt.Fprintf(&b, "%s %v %q\n", p, info.Mode(), content)
		return err
	})
	return b.String(), err
}

// mountTable is the thread's own, as the kernel shows it.
func mountTable() (string, error) {
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	return string(text), err
}
