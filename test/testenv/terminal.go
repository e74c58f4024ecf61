package testenv

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Terminal is a program on a terminal of its own, as a person has it: what is
// typed goes through the terminal's line discipline, so that Ctrl-C is a
// signal.
type Terminal struct {
	t   *testing.T
	cmd *exec.Cmd
	pty *os.File

	mutex sync.Mutex
	shown string // what came since the last Expect that was met
}

// patienceOfPerson is how long the screen may take to show something.
const patienceOfPerson = 30 * time.Second

// Ctrl gives the character that the key with Ctrl types.
func Ctrl(key byte) string { return string(key & 0x1f) }

// NewTerminal starts the program.
func NewTerminal(t *testing.T, cmd *exec.Cmd) *Terminal {
	t.Helper()
	DefaultSignals()
	started, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	file, err := pollable(started)
	if err != nil {
		t.Fatal(err)
	}
	terminal := &Terminal{t: t, cmd: cmd, pty: file}
	go terminal.read()
	t.Cleanup(func() {
		file.Close()
		_ = cmd.Process.Kill() // it has ended, if the test went well
	})
	return terminal
}

// pollable gives the same file in a form that can be closed while it is read.
func pollable(file *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(unix.SetNonblock(fd, true), file.Close()); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "terminal"), nil
}

func (p *Terminal) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := p.pty.Read(buffer)
		p.mutex.Lock()
		p.shown += string(buffer[:n])
		p.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

// Type types the text.
func (p *Terminal) Type(text string) {
	p.t.Helper()
	if _, err := p.pty.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// Expect waits until the screen shows what the pattern means, and forgets what
// was shown up to there.
func (p *Terminal) Expect(pattern string) string {
	p.t.Helper()
	wanted := regexp.MustCompile(pattern)
	for end := time.Now().Add(patienceOfPerson); ; time.Sleep(10 * time.Millisecond) {
		p.mutex.Lock()
		at := wanted.FindStringIndex(p.shown)
		if at != nil {
			found := p.shown[at[0]:at[1]]
			p.shown = p.shown[at[1]:]
			p.mutex.Unlock()
			return found
		}
		shown := p.shown
		p.mutex.Unlock()
		if time.Now().After(end) {
			p.t.Fatalf("the terminal does not show %q but:\n%s", pattern, strings.ReplaceAll(shown, "\r", ""))
		}
	}
}

// Resize changes the size of the window.
func (p *Terminal) Resize(columns, rows uint16) {
	p.t.Helper()
	raw, err := p.pty.SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	// Not by pty.Setsize, whose use of Fd makes the file block again.
	failed := raw.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
	})
	if err := errors.Join(failed, err); err != nil {
		p.t.Fatal(err)
	}
}

// Wait waits for the program's end, and gives its exit status.
func (p *Terminal) Wait() int {
	p.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case <-done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patienceOfPerson):
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.t.Fatalf("the program does not end; the terminal shows:\n%s", p.shown)
		return -1
	}
}

// PID is the program's.
func (p *Terminal) PID() string { return strconv.Itoa(p.cmd.Process.Pid) }

// Close closes the window: the kernel hangs up (SIGHUP).
func (p *Terminal) Close() { p.pty.Close() }
