package unpack

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// stop is a signal that asks to end. It ends the reading of the stream, and
// from there on all is as with any other error. A second one is waited for in
// vain until end: it must not leave half of the cleaning.
type stop struct {
	came   chan struct{} // closed when it came
	signal os.Signal     // set before
	heard  chan os.Signal
}

// listen begins to wait for one. What the caller ignores (nohup(1)) stays so.
func listen() *stop {
	signal.Ignore(unix.SIGXFSZ) // a file that gets too long is an error of write(2)
	s := &stop{came: make(chan struct{}), heard: make(chan os.Signal, 1)}
	for _, each := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		if !signal.Ignored(each) {
			signal.Notify(s.heard, each)
		}
	}
	go func() {
		if first, is := <-s.heard; is {
			s.signal = first
			close(s.came)
		}
	}()
	return s
}

// end lets signals do again what they did before.
func (s *stop) end() {
	signal.Stop(s.heard)
	close(s.heard)
}

// err is the error of a signal that came.
func (s *stop) err() error {
	select {
	case <-s.came:
		return stopped{s.signal.(unix.Signal)}
	default:
		return nil
	}
}

// stopped is the error of a signal. Its status is the one that a shell gives to
// a program which the signal has ended.
type stopped struct{ signal unix.Signal }

func (e stopped) Error() string { return "stopped by " + unix.SignalName(e.signal) }

// ExitStatus is 128 and the signal's number.
func (e stopped) ExitStatus() int { return 128 + int(e.signal) }
