package unpack

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// copy writes all that a member has.
func (t *tree) copy(fd int, read func([]byte) (int, error)) error {
	for {
		n, err := read(t.buf)
		if failed := t.write(fd, t.buf[:n]); failed != nil {
			return failed
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// pour writes the data of a sparse file to its places. What is between them is
// never written, and takes no room.
func (t *tree) pour(fd int, m *member, a *archive) error {
	if err := unix.Ftruncate(fd, m.Size); err != nil {
		return err
	}
	for _, e := range m.data {
		a.tap.owed += e.length
	}
	for _, e := range m.data {
		if _, err := unix.Seek(fd, e.offset, io.SeekStart); err != nil {
			return err
		}
		for left := e.length; left > 0; {
			part := t.buf[:min(left, chunk)]
			if err := a.tap.past(part); err != nil {
				return err
			}
			if err := t.write(fd, part); err != nil {
				return err
			}
			left -= int64(len(part))
		}
	}
	return nil
}

func (t *tree) write(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		data = data[n:]
		t.result.Bytes += int64(n)
		t.tell()
	}
	return nil
}
