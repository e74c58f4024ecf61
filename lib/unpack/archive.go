package unpack

import (
	"archive/tar"
	"bufio"
	"errors"
	"io"
)

const (
	block       = 512     // tar(5): all begins at one
	volume      = 'V'     // type of a header that has no member
	mostHeaders = 8 << 20 // of one member
)

var (
	errEmpty  = errors.New("is empty: there is no member in it")
	errCutOff = errors.New("is cut off: its end-of-archive mark is missing")
	errImage  = errors.New("is an image, as docker save writes it, and no root file system: use docker export")
)

// archive gives the members of a tar stream one after the other.
type archive struct {
	tap   *tap
	tar   *tar.Reader
	count int
	image image
}

// member is one of them.
type member struct {
	*tar.Header
	path   string // clean, and relative to the root
	sparse bool
	data   []extent // of a sparse file; the rest is holes
}

func newArchive(stream io.Reader) *archive {
	t := &tap{in: bufio.NewReaderSize(stream, 32<<10)}
	return &archive{tap: t, tar: tar.NewReader(t)}
}

// next is the next member that is one: none at the end. The data of the last
// one has been read, or its rest would be taken for headers.
func (a *archive) next() (*member, error) {
	for {
		a.tap.begin()
		header, err := a.tar.Next()
		a.tap.noting = false
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		a.count++
		if header.Typeflag == tar.TypeXGlobalHeader || header.Typeflag == volume && header.Size == 0 {
			continue // a comment (git-archive(1)), the name of a tape
		}
		m := &member{Header: header}
		m.path, err = clean(header.Name)
		if err == nil {
			err = a.extents(m)
		}
		if err != nil {
			return nil, inMember(m, err)
		}
		a.image.see(m)
		return m, nil
	}
}

// end reads what comes after the last member, so that a checksum which does not
// fit is seen, and the stream's writer gets rid of it all.
func (a *archive) end() error {
	switch {
	case a.count == 0 && a.tap.at == 0:
		return errEmpty
	case !a.tap.marked():
		return errCutOff
	case a.count == 0:
		return errEmpty
	case a.image.is():
		return errImage
	}
	_, err := io.Copy(io.Discard, a.tap.in)
	return err
}

// tap is between the stream and package archive/tar. It notes the headers of a
// member, because the package keeps the map of a sparse file to itself, and
// lets us read past the package.
type tap struct {
	in     io.Reader
	at     int64 // bytes that the package has got
	noting bool
	noted  []byte // the headers, from a block's beginning on
	skip   int64  // padding before the first of them
	owed   int64  // bytes that were read past it, for which it will get zeros
}

func (t *tap) Read(p []byte) (n int, err error) {
	if t.owed > 0 {
		n = int(min(int64(len(p)), t.owed))
		clear(p[:n])
		t.owed -= int64(n)
		t.at += int64(n)
		return n, nil
	}
	n, err = t.in.Read(p)
	t.at += int64(n)
	if t.noting {
		padding := min(t.skip, int64(n))
		t.skip -= padding
		t.noted = append(t.noted, p[padding:n]...)
		if len(t.noted) > mostHeaders {
			return n, errors.New("headers of more than 8 MiB")
		}
	}
	return n, err
}

// begin begins to note.
func (t *tap) begin() {
	t.noting, t.noted = true, t.noted[:0]
	t.skip = -(t.at + t.owed) & (block - 1)
}

// past reads data without the package, which will get as many zeros.
func (t *tap) past(p []byte) error {
	_, err := io.ReadFull(t.in, p)
	return err
}

// marked tells whether what was noted last is a block of zeros: those end an
// archive. One is enough, as for GNU tar.
func (t *tap) marked() bool {
	if len(t.noted) < block {
		return false
	}
	for _, b := range t.noted[:block] {
		if b != 0 {
			return false
		}
	}
	return true
}
