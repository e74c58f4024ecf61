package screen

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminal gives both ends of one, and a function that gives what was shown.
func terminal(t *testing.T) (inside *os.File, shown func() string) {
	t.Helper()
	outside, inside, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outside.Close(); inside.Close() })
	if err := pty.Setsize(outside, &pty.Winsize{Cols: 20, Rows: 3}); err != nil {
		t.Fatal(err)
	}
	return inside, func() string {
		const end = "that is all"
		if _, err := inside.WriteString(end); err != nil {
			t.Fatal(err)
		}
		var all bytes.Buffer
		buffer := make([]byte, 4096)
		for !strings.HasSuffix(all.String(), end) {
			n, err := outside.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(buffer[:n])
		}
		return strings.TrimSuffix(all.String(), end)
	}
}

func opened(t *testing.T, out *os.File, environ ...string) *Screen {
	t.Helper()
	s, err := Open(out, environ)
	if err != nil || s == nil {
		t.Fatalf("%v, %v", s, err)
	}
	return s
}

// TestNoTerminal: a file, a buffer, and a terminal that can nothing are no
// screens.
func TestNoTerminal(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if s, err := Open(null, []string{"TERM=xterm"}); s != nil || err != nil {
		t.Errorf("a file: %v, %v", s, err)
	}
	if s, err := Open(&bytes.Buffer{}, []string{"TERM=xterm"}); s != nil || err != nil {
		t.Errorf("a buffer: %v, %v", s, err)
	}
	inside, shown := terminal(t)
	for _, environ := range [][]string{nil, {"TERM=dumb"}, {"TERM="}} {
		if s, err := Open(inside, environ); s != nil || err != nil {
			t.Errorf("%v: %v, %v", environ, s, err)
		}
	}
	if got := shown(); got != "" {
		t.Errorf("shown: %q", got)
	}
}

// TestDraw: no more than the window has room for, the old picture is replaced,
// and the last one stays.
func TestDraw(t *testing.T) {
	inside, shown := terminal(t)
	s := opened(t, inside, "TERM=xterm", "LANG=C.UTF-8")
	if s.Page != (Page{Columns: 20, Rows: 3, Colour: true, Unicode: true}) {
		t.Errorf("%+v", s.Page)
	}
	if err := s.Draw([]string{"one", strings.Repeat("x", 30), "three", "four"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close([]string{"the last", "one"}); err != nil {
		t.Fatal(err)
	}
	want := enter +
		home + "one" + restOfLine + "\r\n" + strings.Repeat("x", 20) + restOfLine + "\r\n" + "three" + restOfLine + restOfScreen +
		leave + "the last\r\none\r\n"
	if got := shown(); got != want {
		t.Errorf("shown:\n%q\nnot\n%q", got, want)
	}
}

// TestNoColour keeps NO_COLOR (only where it says something), and the locale.
func TestNoColour(t *testing.T) {
	inside, _ := terminal(t)
	for variable, want := range map[string]bool{"NO_COLOR=1": false, "NO_COLOR=": true} {
		s := opened(t, inside, "TERM=xterm", variable)
		if s.Page.Colour != want || s.Page.Unicode {
			t.Errorf("%s: %+v", variable, s.Page)
		}
		if err := s.Close(nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWait: time passes, the window changes, a key and a signal come.
func TestWait(t *testing.T) {
	inside, _ := terminal(t)
	s := opened(t, inside, "TERM=xterm")
	defer func() { _ = s.Close(nil) }()
	if came, err := s.Wait(time.Millisecond); err != nil || came != (Came{}) {
		t.Errorf("%+v, %v", came, err)
	}
	if err := pty.Setsize(inside, &pty.Winsize{Cols: 33, Rows: 7}); err != nil {
		t.Fatal(err)
	}
	s.signals <- unix.SIGWINCH
	if came, err := s.Wait(time.Minute); err != nil || !came.Drawn || s.Page.Columns != 33 || s.Page.Rows != 7 {
		t.Errorf("%+v, %v, %+v", came, err, s.Page)
	}
	s.signals <- unix.SIGCONT
	if came, err := s.Wait(time.Minute); err != nil || !came.Drawn {
		t.Errorf("%+v, %v", came, err)
	}
	go func() { s.typed <- 'x'; s.typed <- 'q' }()
	if came, err := s.Wait(time.Minute); err != nil || !came.Quit {
		t.Errorf("%+v, %v", came, err)
	}
	for _, ends := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT} {
		if err := unix.Kill(unix.Getpid(), ends); err != nil {
			t.Fatal(err)
		}
		if came, err := s.Wait(time.Minute); err != nil || came.Signal != ends {
			t.Errorf("%v: %+v, %v", ends, came, err)
		}
	}
}

// TestNoSize: a terminal that does not say its size has that of old.
func TestNoSize(t *testing.T) {
	inside, _ := terminal(t)
	if err := pty.Setsize(inside, &pty.Winsize{}); err != nil {
		t.Fatal(err)
	}
	s := opened(t, inside, "TERM=xterm")
	defer func() { _ = s.Close(nil) }()
	if s.Page.Columns != 80 || s.Page.Rows != 24 {
		t.Errorf("%+v", s.Page)
	}
}

// TestGone: what is drawn on a terminal that was closed has an error of its own,
// and so has a window that is asked for its size.
func TestGone(t *testing.T) {
	outside, inside, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	s := opened(t, inside, "TERM=xterm")
	if err := outside.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Draw([]string{"picture"}); !errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
	s.signals <- unix.SIGCONT
	if _, err := s.Wait(time.Minute); !errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
	if err := s.Close(nil); !errors.Is(err, ErrGone) {
		t.Errorf("%v", err)
	}
}
