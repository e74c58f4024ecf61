package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests run this test binary as the payload itself: a process.
func TestMain(m *testing.M) {
	if os.Getenv("PAYLOAD") != "" {
		os.Exit(run(os.Args[1:]))
	}
	for fd := 3; fd < 1024; fd++ {
		syscall.CloseOnExec(fd) // what the tests were started with is not the payload's
	}
	os.Exit(m.Run())
}

func payload(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(self, args...)
	cmd.Env = []string{"PAYLOAD=1", "B=2", "A=1 1"}
	return cmd
}

func TestOutput(t *testing.T) {
	for _, c := range []struct {
		words string
		want  string // the whole of stdout
	}{
		{"fds", "0\n1\n2\n"},
		{"env", "PAYLOAD=1\nB=2\nA=1 1\n"},
		{"mounts", `(?s).*(^|\n)/proc proc \S+\n.*`},
		{"ns", `(?s).*\bmnt \d+\n.*\bnet \d+\n.*`},
		{"caps", `(?s)Uid: .*CapEff: [0-9a-f]{16}\n.*NoNewPrivs: [01]\n.*`},
		{"cgroup", `(?s).*0::/.*\n`},
		{"tty", "stdin is none\nstdout is none\nstderr is none\nsession has none\n"},
		{"forkn 3", "3\n"},
		{"orphan 0.01", `\d+\n`},
		{"alloc 5M", ""},
		{"sleep 0.01", ""},
		{"hold", ""},
	} {
		cmd := payload(t, strings.Fields(c.words)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := cmd.Output()
		if err != nil || !regexp.MustCompile("^(?:"+c.want+")$").Match(out) {
			t.Errorf("%s: %q, %v", c.words, out, err)
		}
	}
}

func TestStatus(t *testing.T) {
	for words, want := range map[string]string{
		"exit 7":         "exit status 7",
		"exit x":         "exit status 1",
		"exit":           "exit status 99",
		"no-such":        "exit status 99",
		"":               "exit status 99",
		"selfkill KILL":  "signal: killed",
		"selfkill QUIT":  "signal: quit",
		"selfkill 11":    "signal: segmentation fault",
		"selfkill x":     "exit status 1",
		"write /proc/1":  "exit status 99",
		"write /proc x":  "exit status 1",
		"winsize":        "exit status 1", // not a terminal
		"dial 0.0.0.0 x": "exit status 1",
	} {
		if err := payload(t, strings.Fields(words)...).Run(); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", words, err, want)
		}
	}
}

func TestSignals(t *testing.T) {
	cmd, lines := ready(t, "sig")
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGWINCH, syscall.SIGTERM} {
		send(t, cmd, s)
		lines.Scan()
		if want := map[syscall.Signal]string{1: "HUP", 2: "INT", 28: "WINCH", 15: "TERM"}[s]; lines.Text() != want {
			t.Errorf("said %q, not %s", lines.Text(), want)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}

	cmd, _ = ready(t, "ignore")
	send(t, cmd, syscall.SIGTERM)
	send(t, cmd, syscall.SIGQUIT)
	time.Sleep(20 * time.Millisecond)
	send(t, cmd, syscall.SIGKILL)
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("ended by %v", err)
	}
}

// ready starts a verb that waits, and gives what it says after "ready".
func ready(t *testing.T, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := payload(t, args...)
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("%q says %q", args, lines.Text())
	}
	return cmd, lines
}

func send(t *testing.T, cmd *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestZombies(t *testing.T) {
	child := payload(t, "exit", "0")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	want := strconv.Itoa(child.Process.Pid)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		out, err := payload(t, "zombies").Output()
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(strings.Fields(string(out)), want) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%q does not hold %s", out, want)
		}
	}
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
}

func TestListenAndDial(t *testing.T) {
	const address = "127.0.0.77:47011"
	cmd, lines := ready(t, "listen", address)
	if err := payload(t, "dial", address, "a  b").Run(); err != nil {
		t.Fatal(err)
	}
	if lines.Scan(); lines.Text() != "a  b" {
		t.Errorf("heard %q", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := payload(t, "write", path, "a text").Run(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); string(text) != "a text" {
		t.Errorf("%q, %v", text, err)
	}
}
