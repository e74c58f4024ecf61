package unpack

import (
	"fmt"
	"io"
	"os"
	"time"

	units "github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// Progress says on a terminal how far an unpack is.
type Progress struct {
	out         io.Writer
	began, last time.Time
}

// often is how often it says so.
const often = 100 * time.Millisecond

// NewProgress says it on a terminal, and nothing anywhere else.
func NewProgress(out io.Writer) *Progress {
	file, is := out.(*os.File)
	if !is || !Terminal(file) {
		return nil
	}
	return &Progress{out: out, began: time.Now()}
}

// Terminal tells whether a file is one.
func Terminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

func (p *Progress) tell(r *Result) {
	if p == nil || time.Since(p.last) < often {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.out, "\r%s\x1b[K", r.summary(time.Since(p.began)))
}

// end takes the line away: an error or the summary comes in its place.
func (p *Progress) end() {
	if p != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// Sum says what came of it in the end.
func (p *Progress) Sum(r *Result) {
	if p != nil {
		fmt.Fprintln(p.out, r.summary(time.Since(p.began)))
	}
}

func (r *Result) summary(took time.Duration) string {
	rate := float64(r.Bytes) / max(took.Seconds(), 1e-3)
	return fmt.Sprintf("%d members, %s, %s/s", r.Members, units.BytesSize(float64(r.Bytes)), units.BytesSize(rate))
}
