package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestResumed asks in a job of a shell: it stops with the job, and not when the
// job was let go on, whichever of the two signals was told first.
func TestResumed(t *testing.T) {
	if job := os.Getenv("RESUMED"); job != "" {
		answer(job)
		return
	}
	for job, want := range map[string]string{
		"goes on":                   "false", // somebody has stopped this process alone
		"goes on, CONT before":      "true",
		"goes on, CONT long before": "false",
		"goes on, CONT after":       "true",
		"stopped":                   "false",
		"stopped, CONT before":      "false",
		"stopped, woken":            "true",
		"not held":                  "true",
	} {
		c := exec.Command("sh", "-c", `"$0" -test.run 'TestResumed$'; exit $?`, "/proc/self/exe")
		c.Args[3], _ = os.Executable()
		c.Env = append(os.Environ(), "RESUMED="+job)
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := c.Output()
		if got, _, _ := strings.Cut(string(out), "\n"); err != nil || got != want {
			t.Errorf("%s: %q, %v, not %q", job, got, err, want)
		}
	}
}

// answer plays the supervisor of a held child in that job.
func answer(job string) {
	s, c := &Supervisor{}, &Child{held: job != "not held"}
	cont := func(at time.Time) { s.goneOn.Add(1); s.goneOnAt.Store(at.UnixNano()) }
	parent := os.Getppid()
	state, what, _ := strings.Cut(job, ", ")
	if state == "stopped" {
		_ = unix.Kill(parent, unix.SIGSTOP)
		for !stoppedNow(parent) {
			time.Sleep(time.Millisecond)
		}
	}
	switch what {
	case "CONT before":
		cont(time.Now())
	case "CONT long before":
		cont(time.Now().Add(-2 * quick))
	case "woken":
		cont(time.Now())
		time.AfterFunc(quick/4, func() { _ = unix.Kill(parent, unix.SIGCONT) })
	}
	c.heldAt = s.goneOn.Load()
	if what == "CONT after" {
		time.AfterFunc(quick/4, func() { cont(time.Now()) })
	}
	fmt.Println(s.resumed(c))
	_ = unix.Kill(parent, unix.SIGCONT)
}
