package network

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestInhabited: a process is in a namespace, and a thread of ours that opens a
// socket there is not.
func TestInhabited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netns")
	here, leave, left := make(chan error), make(chan bool), make(chan error)
	go func() {
		left <- onDyingThread(func() error {
			err := unix.Unshare(unix.CLONE_NEWNET)
			if err == nil {
				err = os.Symlink(fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid()), path)
			}
			here <- err
			<-leave
			return err
		})
	}()
	if err := <-here; err != nil {
		t.Fatal(err)
	}
	if is, err := inhabited(path, 0); is || err != nil {
		t.Errorf("by a thread of ours: %v, %v", is, err)
	}
	sleep := exec.Command("nsenter", "--net="+path, "sleep", "1000")
	sleep.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	within := time.Now().Add(20 * time.Second)
	for is := false; !is; {
		var err error
		if is, err = inhabited(path, 0); err != nil || time.Now().After(within) {
			t.Fatalf("by another process: not seen: %v", err)
		}
	}
	if err := sleep.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = sleep.Wait() // killed
	if is, err := inhabited(path, 0); is || err != nil {
		t.Errorf("by a process that has ended: %v, %v", is, err)
	}
	leave <- true
	if err := <-left; err != nil {
		t.Fatal(err)
	}
}
