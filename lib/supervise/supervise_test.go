package supervise

import (
	"os/exec"
	"syscall"
	"testing"
)

// TestDisposition asks three shells what they do about TERM.
func TestDisposition(t *testing.T) {
	for script, want := range map[string]disposition{
		`echo; read x`:               byDefault,
		`trap '' TERM; echo; read x`: ignored,
		`trap : TERM; echo; read x`:  caught,
		`trap : USR2; echo; read x`:  byDefault,
	} {
		cmd := exec.Command("/bin/sh", "-c", script)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		child := &Child{PID: cmd.Process.Pid, fd: -1, status: -1}
		if got := child.disposition(syscall.SIGTERM); got != want {
			t.Errorf("%s: %d, want %d", script, got, want)
		}
		in.Close()
		_ = cmd.Wait()
	}
	gone := &Child{PID: 1 << 22, fd: -1, status: -1}
	if got := gone.disposition(syscall.SIGTERM); got != caught {
		t.Errorf("a process that is gone: %d", got)
	}
}

func TestHas(t *testing.T) {
	text := []byte("Name:\tx\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000004002\n")
	for _, c := range []struct {
		mask   string
		signal syscall.Signal
		want   bool
	}{
		{"SigIgn:", syscall.SIGHUP, true},
		{"SigIgn:", syscall.SIGINT, false},
		{"SigCgt:", syscall.SIGINT, true},
		{"SigCgt:", syscall.SIGTERM, true},
		{"SigCgt:", syscall.SIGHUP, false},
		{"SigNone:", syscall.SIGHUP, false},
	} {
		if got := has(text, c.mask, c.signal); got != c.want {
			t.Errorf("%s %v: %v", c.mask, c.signal, got)
		}
	}
}

// TestConstant takes nothing that may have been written to, nor what no file has.
func TestConstant(t *testing.T) {
	for line, want := range map[string]bool{
		"00400000-005f9000 r-xp 00000000 fd:01 1234       /usr/bin/mc-ns": true,
		"005f9000-00836000 r--p 001f9000 fd:01 1234       /usr/bin/mc ns": true,
		"00836000-0085c000 rw-p 00436000 fd:01 1234       /usr/bin/mc-ns": false,
		"c000000000-c000400000 rw-p 00000000 00:00 0":                     false,
		"7ffd8d7fe000-7ffd8d800000 r-xp 00000000 00:00 0          [vdso]": false,
		"nonsense": false,
	} {
		start, end, ok := constant(line + "\n")
		if ok != want || ok && end <= start {
			t.Errorf("%s: %#x-%#x %v", line, start, end, ok)
		}
	}
}
