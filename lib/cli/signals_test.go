package cli

import (
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestUntilStopped sends a copy of itself the signals: the first ends the
// context, the second the process.
func TestUntilStopped(t *testing.T) {
	if os.Getenv("UNTIL_STOPPED") != "" {
		ctx, stop := UntilStopped()
		defer stop()
		_, _ = os.Stdout.WriteString("ready\n")
		<-ctx.Done()
		_, _ = os.Stdout.WriteString("ended\n")
		time.Sleep(time.Minute)
		return
	}
	for _, s := range []unix.Signal{unix.SIGINT, unix.SIGTERM} {
		c := exec.Command("/proc/self/exe", "-test.run", "TestUntilStopped$")
		c.Env = append(os.Environ(), "UNTIL_STOPPED=1")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 6)
		for _, want := range []string{"ready\n", "ended\n"} {
			if _, err := io.ReadFull(out, line); err != nil || string(line) != want {
				t.Fatalf("%v: %q, %v", s, line, err)
			}
			if err := c.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		// The signals are given back just after the context has ended.
		again := time.AfterFunc(time.Second, func() { _ = c.Process.Signal(s) })
		err = c.Wait()
		again.Stop()
		if err == nil || err.Error() != "signal: "+s.String() {
			t.Errorf("%v: %v", s, err)
		}
	}
}
