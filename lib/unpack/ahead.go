package unpack

import "io"

// chunk is how much is read at once, and chunks how many of them may wait.
const (
	chunk  = 256 << 10
	chunks = 4
)

// ahead reads in the background: decompressing takes a processor of its own,
// and a signal ends the wait for a stream that does not come.
type ahead struct {
	stop  *stop
	full  chan []byte
	empty chan []byte
	quit  chan struct{}
	err   error // why there is no more; set before full is closed

	now, rest []byte // the chunk that is being read, and what is left of it
}

// readAhead begins to read what open gives.
func readAhead(stop *stop, open func() (io.Reader, error)) *ahead {
	a := &ahead{stop: stop, full: make(chan []byte, chunks), empty: make(chan []byte, chunks), quit: make(chan struct{})}
	for range chunks {
		a.empty <- make([]byte, chunk)
	}
	go a.read(open)
	return a
}

func (a *ahead) read(open func() (io.Reader, error)) {
	defer close(a.full)
	r, err := open()
	for err == nil {
		select {
		case buf := <-a.empty:
			n := 0
			for n < chunk && err == nil {
				var more int
				more, err = r.Read(buf[n:chunk])
				n += more
			}
			a.full <- buf[:n] // there is room for all chunks
		case <-a.quit:
			return
		}
	}
	a.err = err
}

// end lets the background end, when it is not waiting for the stream.
func (a *ahead) end() { close(a.quit) }

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now != nil {
			a.empty <- a.now
			a.now = nil
		}
		select {
		case buf, more := <-a.full:
			if !more {
				return 0, a.err
			}
			a.now, a.rest = buf, buf
		case <-a.stop.came:
			return 0, a.stop.err()
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}
