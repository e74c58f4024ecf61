package supervise

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/status"
)

// shell starts a script as the child of a supervisor. The supervisor alone waits
// for it.
func shell(t *testing.T, script string, statusFD int) (*Supervisor, *Child) {
	t.Helper()
	s, err := New(false)
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := syscall.ForkExec(path, []string{"sh", "-c", script}, &syscall.ProcAttr{Files: []uintptr{0, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	return s, NewChild(pid, statusFD, Kind{Tool: "mc-test"})
}

// TestWait: the child's own status, or 128+N for signal N.
func TestWait(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0": 0, "exit 5": 5, "kill -TERM $$": 143, "kill -KILL $$": 137, "kill -USR1 $$": 138,
	} {
		s, c := shell(t, script, -1)
		if got, err := s.Wait(c); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", script, got, err, want)
		}
	}
}

// TestWaitGone: a child that somebody else has waited for is an error, not a
// status.
func TestWaitGone(t *testing.T) {
	s, c := shell(t, "exit 3", -1)
	if _, err := unix.Wait4(c.PID, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(c); err == nil || !strings.Contains(err.Error(), "wait for process ") {
		t.Errorf("%v", err)
	}
}

// TestDying is told of what SIGKILL has ended, while the zombie can be looked
// at; and of nothing else.
func TestDying(t *testing.T) {
	for script, want := range map[string]bool{
		"exit 0": false, "exit 137": false, "kill -TERM $$": false, "kill -KILL $$": true,
		"(sleep 0.02; kill -KILL $$) & kill -STOP $$": true,
	} {
		s, c := shell(t, script, -1)
		var state string
		s.Dying = func(pid int) {
			text, err := os.ReadFile("/proc/" + strings.TrimSpace(itoa(pid)) + "/stat")
			if err != nil {
				t.Error(err)
			}
			_, state, _ = strings.Cut(string(text), ") ")
		}
		got, err := s.Wait(c)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(state, "Z ") != want {
			t.Errorf("%s: told of %q, status %d", script, state, got)
		}
	}
}

func itoa(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}

// TestBeside: it is told of a child that lives, once.
func TestBeside(t *testing.T) {
	s, c := shell(t, "read x <"+fifo(t)+"; exit 4", -1)
	var told atomic.Int32
	s.Beside = func(pid int) {
		if pid != c.PID {
			t.Errorf("told of %d, not %d", pid, c.PID)
		}
		told.Add(1)
		if err := c.Signal(unix.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	if got, err := s.Wait(c); err != nil || got != 143 || told.Load() != 1 {
		t.Errorf("%d, %v, told %d times", got, err, told.Load())
	}
}

// fifo is one that nobody ever writes to.
func fifo(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/fifo"
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHandOn: a signal to this process is the child's. It is sent again, as one
// that comes before the shell has set its trap would end it.
func TestHandOn(t *testing.T) {
	ready := t.TempDir() + "/ready"
	s, c := shell(t, "trap 'exit 9' USR2; : >"+ready+"; while :; do sleep 0.02; done", -1)
	go func() {
		for {
			if _, err := os.Stat(ready); err == nil {
				_ = unix.Kill(os.Getpid(), unix.SIGUSR2)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if got, err := s.Wait(c); err != nil || got != 9 {
		t.Errorf("%d, %v", got, err)
	}
}

// TestGrace: who does not end after TERM is killed.
func TestGrace(t *testing.T) {
	ready := t.TempDir() + "/ready"
	s, c := shell(t, "trap '' TERM; : >"+ready+"; while :; do sleep 0.02; done", -1)
	grace := 10 * time.Millisecond
	s.Grace = &grace
	go func() {
		for _, err := os.Stat(ready); err != nil; _, err = os.Stat(ready) {
			time.Sleep(time.Millisecond)
		}
		_ = unix.Kill(os.Getpid(), unix.SIGTERM)
	}()
	if got, err := s.Wait(c); err != nil || got != 137 {
		t.Errorf("%d, %v", got, err)
	}
}

// TestStatus: start and exit are told on the status descriptor by the tool that
// has started the child.
func TestStatus(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	s, c := shell(t, "exit 6", int(writer.Fd()))
	if _, err := s.Wait(c); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	runtime.KeepAlive(writer)
	var steps []string
	lines := json.NewDecoder(reader)
	for {
		var l status.Line
		if lines.Decode(&l) != nil {
			break
		}
		if l.Link != "mc-test" || l.PID != c.PID || (l.Exit != nil) != (l.Step == "exit") {
			t.Errorf("%+v", l)
		}
		steps = append(steps, l.Step)
	}
	if !slices.Equal(steps, []string{"start", "exit"}) {
		t.Errorf("%q", steps)
	}
}
