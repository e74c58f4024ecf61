// Package screen draws a picture on a terminal, again and again, and leaves the
// terminal as it was, however that ends. A few sequences that every terminal
// knows are all it takes (console_codes(4)): a library of terminals would cost
// each verb of a tool its start.
package screen

import (
	"cmp"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// enter goes to the other screen, hides the cursor, and cuts long lines.
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l"
	// leave undoes that, and the colour.
	leave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
	// home, restOfLine and restOfScreen replace a picture without a flicker.
	home         = "\x1b[H"
	restOfLine   = "\x1b[K"
	restOfScreen = "\x1b[J"
)

// ErrGone is the error of a terminal that was closed. Its HUP may come after it.
const ErrGone = unix.EIO

// Screen is a terminal that is drawn on.
type Screen struct {
	Page    Page
	out     *os.File
	keys    int // the descriptor that keys come from, or -1
	before  *unix.Termios
	signals chan os.Signal
	typed   chan byte
}

// Page is what may be drawn.
type Page struct {
	Columns, Rows int
	Colour        bool // unless NO_COLOR is set
	Unicode       bool // the terminal shows more than ASCII, says the locale
}

// Open takes the terminal, where the output is one that can be drawn on; where
// not there is none, and no error.
func Open(out io.Writer, environ []string) (*Screen, error) {
	file, is := out.(*os.File)
	if !is || dumb(lookup(environ, "TERM")) {
		return nil, nil
	}
	if _, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS); err != nil {
		return nil, nil // no terminal
	}
	s := &Screen{out: file, keys: -1, signals: make(chan os.Signal, 8), typed: make(chan byte)}
	s.Page.Colour = lookup(environ, "NO_COLOR") == ""
	s.Page.Unicode = speaksUTF8(environ)
	if err := s.measure(); err != nil {
		return nil, err
	}
	signal.Notify(s.signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGWINCH, unix.SIGTSTP, unix.SIGCONT)
	if before, err := unix.IoctlGetTermios(unix.Stdin, unix.TCGETS); err == nil {
		s.keys, s.before = unix.Stdin, before
		go s.read()
	}
	return s, s.take()
}

func dumb(terminal string) bool { return terminal == "" || terminal == "dumb" }

// lookup is the last of the variables with the name, or nothing.
func lookup(environ []string, name string) (value string) {
	for _, variable := range environ {
		if v, is := strings.CutPrefix(variable, name+"="); is {
			value = v
		}
	}
	return value
}

// speaksUTF8 tells what locale(7) says of the characters.
func speaksUTF8(environ []string) bool {
	locale := cmp.Or(lookup(environ, "LC_ALL"), lookup(environ, "LC_CTYPE"), lookup(environ, "LANG"))
	locale = strings.ToLower(strings.ReplaceAll(locale, "-", ""))
	return strings.Contains(locale, "utf8")
}

// measure asks for the size of the window. One that has none is a screen of old.
func (s *Screen) measure() error {
	size, err := unix.IoctlGetWinsize(int(s.out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return err
	}
	s.Page.Columns, s.Page.Rows = cmp.Or(int(size.Col), 80), cmp.Or(int(size.Row), 24)
	return nil
}

// take begins to draw: keys come one by one, and are not shown.
func (s *Screen) take() error {
	if s.before != nil {
		now := *s.before
		now.Lflag &^= unix.ICANON | unix.ECHO
		now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
		if err := unix.IoctlSetTermios(s.keys, unix.TCSETSW, &now); err != nil {
			return err
		}
	}
	_, err := s.out.WriteString(enter)
	return err
}

// give leaves the terminal as it was.
func (s *Screen) give() error {
	_, err := s.out.WriteString(leave)
	if s.before != nil {
		err = errors.Join(err, unix.IoctlSetTermios(s.keys, unix.TCSETSW, s.before))
	}
	return err
}

// read waits for keys. It ends with the process.
func (s *Screen) read() {
	var key [1]byte
	for {
		n, err := unix.Read(s.keys, key[:])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil || n == 0:
			return
		default:
			s.typed <- key[0]
		}
	}
}

// Draw shows the lines in the place of those before; what the window has no
// room for is left out.
func (s *Screen) Draw(lines []string) error {
	var b strings.Builder
	b.WriteString(home)
	for i, line := range lines[:min(len(lines), s.Page.Rows)] {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(Cut(line, s.Page.Columns) + restOfLine)
	}
	b.WriteString(restOfScreen)
	_, err := s.out.WriteString(b.String())
	return err
}

// Came is what ended a wait.
type Came struct {
	Drawn  bool        // the window has another size, or was covered: draw again
	Quit   bool        // the person wants no more
	Signal unix.Signal // one that ends the process; 0 is none
}

// Wait waits for so long, or until something comes.
func (s *Screen) Wait(longest time.Duration) (Came, error) {
	timer := time.NewTimer(longest)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return Came{}, nil
		case key := <-s.typed:
			if key == 'q' || key == 'Q' {
				return Came{Quit: true}, nil
			}
		case came := <-s.signals:
			return s.told(came)
		}
	}
}

func (s *Screen) told(came os.Signal) (Came, error) {
	switch came {
	case unix.SIGWINCH:
		return Came{Drawn: true}, s.measure()
	case unix.SIGTSTP:
		// Stopped, it leaves the terminal to the shell.
		err := s.give()
		err = errors.Join(err, unix.Kill(unix.Getpid(), unix.SIGSTOP))
		return Came{Drawn: true}, errors.Join(err, s.take(), s.measure())
	case unix.SIGCONT:
		return Came{Drawn: true}, errors.Join(s.take(), s.measure())
	}
	ends, _ := came.(unix.Signal)
	return Came{Signal: ends}, nil
}

// Close gives the terminal back, and writes there what was shown last, so that
// it can still be read.
func (s *Screen) Close(last []string) error {
	signal.Stop(s.signals)
	err := s.give()
	for _, line := range last {
		_, failed := s.out.WriteString(Cut(line, s.Page.Columns) + "\n")
		err = errors.Join(err, failed)
	}
	return err
}
