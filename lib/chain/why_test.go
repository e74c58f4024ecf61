package chain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A program on a noexec mount is told from one that lacks the x bits.
func TestNoexec(t *testing.T) {
	folder := t.TempDir()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		done <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
				return fmt.Errorf("unshare (this test needs root): %w", err)
			}
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return err
			}
			if err := unix.Mount("test", folder, "tmpfs", unix.MS_NOEXEC, ""); err != nil {
				return err
			}
			return refused(filepath.Join(folder, "program"), 0o755, "not executable: it lies on a file system that is mounted noexec: permission denied")
		}()
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := refused(filepath.Join(t.TempDir(), "text"), 0o644, "not executable: permission denied"); err != nil {
		t.Error(err)
	}
}

// refused makes the file and looks at what is said of it.
func refused(path string, mode os.FileMode, want string) error {
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
		return err
	}
	err := check(path)
	var exit *notRun
	if !errors.As(err, &exit) || exit.status != statusCannotRun || !strings.HasSuffix(err.Error(), want) {
		return fmt.Errorf("%v, want %q with status %d", err, want, statusCannotRun)
	}
	return nil
}

// TestWhyLimit: a limit that is not 0 is not said to be the cause.
func TestWhyLimit(t *testing.T) {
	if text, err := os.ReadFile("/proc/sys/user/max_cgroup_namespaces"); err != nil || strings.TrimSpace(string(text)) == "0" {
		t.Fatalf("the limit here: %q, %v", text, err)
	}
	if err := whyLimit(unix.ENOSPC); err != unix.ENOSPC {
		t.Error(err)
	}
}
