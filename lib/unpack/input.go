package unpack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// mostWindow is the memory that a zstd stream may ask for: what zstd(1) itself
// grants.
const mostWindow = 128 << 20

// compressions are known by the first bytes of a stream.
var compressions = []struct {
	magic string
	open  func(io.Reader) (io.Reader, error)
}{
	{"\x1f\x8b", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"\x28\xb5\x2f\xfd", unzstd},
	{"\x50\x2a\x4d\x18", unzstd}, // a frame to be skipped, which pzstd(1) begins with
	{"\xfd7zXZ\x00", func(r io.Reader) (io.Reader, error) { return xz.NewReader(r) }},
}

func unzstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderMaxWindow(mostWindow), zstd.WithDecoderConcurrency(1))
}

// input is where the stream comes from.
type input struct {
	name string // - for standard input
	file *os.File
}

func open(tarball string) (*input, error) {
	in := &input{name: tarball, file: os.Stdin}
	if tarball == "-" {
		if Terminal(os.Stdin) {
			return nil, errors.New("standard input is a terminal: a tar stream must come from there")
		}
		return in, nil
	}
	var err error
	if in.file, err = os.Open(tarball); err != nil {
		return nil, fmt.Errorf("%s: %w", tarball, step.Cause(err))
	}
	if info, err := in.file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: %w", tarball, unix.EISDIR)
	}
	return in, nil
}

// decompress gives the plain stream.
func (in *input) decompress() (io.Reader, error) {
	packed := bufio.NewReaderSize(in.file, chunk)
	for _, c := range compressions {
		first, err := packed.Peek(len(c.magic))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if bytes.HasPrefix(first, []byte(c.magic)) {
			return c.open(packed)
		}
	}
	return packed, nil
}
