package raw

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func shell(t *testing.T, script string) Call {
	t.Helper()
	c, err := Exec("/bin/sh", []string{"sh", "-c", script}, []string{"A=b"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wait(t *testing.T, pid int) unix.WaitStatus {
	t.Helper()
	var ws unix.WaitStatus
	if _, err := unix.Wait4(pid, &ws, 0, nil); err != nil {
		t.Fatal(err)
	}
	return ws
}

// TestFork starts a shell with two things done before, and sees them.
func TestFork(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	calls := Calls{
		New("umask", unix.SYS_UMASK, 0o27),
		New("dup", unix.SYS_DUP3, w.Fd(), 1),
		shell(t, `umask; echo "$A"; kill -USR1 $$`),
	}
	// Umask(2) gives the old one, and no error: it has its place in a list.
	pid, err := calls.Fork(Nowhere)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if ws := wait(t, pid); ws.Signal() != unix.SIGUSR1 {
		t.Errorf("ended with %v", ws)
	}
	out := make([]byte, 100)
	n, _ := r.Read(out)
	if got := string(out[:n]); got != "0027\nb\n" {
		t.Errorf("said %q", got)
	}
}

// TestForkFails: the call that failed is named, with its errno, and no child
// is left.
func TestForkFails(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, err := Calls{Prctl("nothing", 0), Write("tell it", 999, "x"), shell(t, "exit 0")}.Fork(Nowhere)
	if failed := new(Failed); !errors.As(err, &failed) || failed.What != "nothing" || !errors.Is(err, unix.EINVAL) {
		t.Errorf("%v", err)
	}
	_, err = Calls{Write("tell it", 999, "x"), shell(t, "exit 0")}.Fork(Nowhere)
	if failed := new(Failed); !errors.As(err, &failed) || failed.Call != 0 || !errors.Is(err, unix.EBADF) {
		t.Errorf("%v", err)
	}
	if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); !errors.Is(err, unix.ECHILD) {
		t.Errorf("a child is left: %v", err)
	}
}

// TestForkAgain forks many times beside a busy runtime: nothing of what its
// other threads do at that moment may stop the child.
func TestForkAgain(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	stop := make(chan struct{})
	defer close(stop)
	for range 8 {
		go func() {
			for kept := [][]byte{}; ; kept = append(kept, make([]byte, 1<<12)) {
				select {
				case <-stop:
					return
				default:
				}
				if len(kept) > 100 {
					kept = nil
				}
			}
		}()
	}
	for range 60 {
		pid, err := Calls{shell(t, "exit 3")}.Fork(Nowhere)
		if err != nil {
			t.Fatal(err)
		}
		if ws := wait(t, pid); ws.ExitStatus() != 3 {
			t.Fatalf("ended with %v", ws)
		}
	}
}

// TestDo becomes a shell, in a process of its own.
func TestDo(t *testing.T) {
	if os.Getenv("RAW_CHILD") != "" {
		runtime.LockOSThread()
		err := Calls{Prctl("no_new_privs", unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), shell(t, "grep NoNewPrivs /proc/self/status")}.Do()
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "TestDo$")
	cmd.Env = append(os.Environ(), "RAW_CHILD=1")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "NoNewPrivs:\t1" {
		t.Errorf("%v: %s", err, out)
	}
}

// TestExecRefuses: a word with a NUL in it cannot be a C string.
func TestExecRefuses(t *testing.T) {
	for _, words := range [][]string{{"a\x00"}, {"a", "\x00b"}} {
		if _, err := Exec("/bin/sh", words, nil); err == nil {
			t.Errorf("%q is taken", words)
		}
		if _, err := Exec("/bin/sh", nil, words); err == nil {
			t.Errorf("%q is taken in the environment", words)
		}
	}
	if _, err := Exec("a\x00", nil, nil); err == nil {
		t.Error("a path with NUL is taken")
	}
}

// TestPark: the child is in its namespaces until it is killed, and dies with
// the thread that forked it.
func TestPark(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid, err := Park(unix.CLONE_NEWUSER)
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/user", pid))
	if err != nil {
		t.Fatal(err)
	}
	if here, err := os.Readlink("/proc/self/ns/user"); err != nil || here == there {
		t.Errorf("it is in %s: %v", there, err)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := Reap(pid); err != nil {
		t.Error(err)
	}
	if err := Reap(pid); !errors.Is(err, unix.ECHILD) {
		t.Errorf("reaped twice: %v", err)
	}
}

// TestParkStays: it lives on, however late it comes to its first call.
func TestParkStays(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range 100 {
		pid, err := Park(unix.CLONE_NEWUSER)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		if ended, err := unix.Wait4(pid, nil, unix.WNOHANG, nil); ended != 0 || err != nil {
			t.Fatalf("it has ended: %d, %v", ended, err)
		}
		if err := errors.Join(unix.Kill(pid, unix.SIGKILL), Reap(pid)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDiesWithParent: who is killed between fork and exec takes the child along.
func TestDiesWithParent(t *testing.T) {
	if os.Getenv("RAW_PARENT") != "" {
		runtime.LockOSThread()
		pid, err := Park(0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(pid)
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "TestDiesWithParent")
	cmd.Env = append(os.Environ(), "RAW_PARENT=1")
	out, _ := cmd.Output() // it was killed
	var pid int
	if _, err := fmt.Sscan(string(out), &pid); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	for range 500 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(text), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d outlives its parent", pid)
}
