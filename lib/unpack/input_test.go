package unpack

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

// packed is the stream by each of the compressions.
func packed(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"plain": data}
	for _, command := range []string{"gzip", "zstd", "xz"} {
		run := exec.Command(command, "-c")
		run.Stdin = bytes.NewReader(data)
		out, err := run.Output()
		if err != nil {
			t.Fatal(command, err)
		}
		all[command] = out
	}
	return all
}

// Each compression is known by its first bytes, and a stream that ends early,
// wherever, is an error and leaves nothing.
func TestCutOff(t *testing.T) {
	whole := stream(t, folderOf("a", 0o755), file("a/b", strings.Repeat("text ", 500)), soft("c", "a"))
	for name, data := range packed(t, whole) {
		y := newYard(t)
		if _, err := y.unpack(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		end := len(data)
		if name == "plain" {
			end -= block // one block of zeros is enough of a mark
		}
		for at := 0; at < end; at += max(1, end/60) {
			if _, err := newYard(t).unpack(data[:at]); err == nil {
				t.Errorf("%s: cut off at %d of %d: no error", name, at, len(data))
			}
		}
	}
}

// A stream that was changed on its way is seen, also after the last member.
func TestDamaged(t *testing.T) {
	noise := make([]byte, 5000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	whole := stream(t, file("a", string(noise)))
	for name, data := range packed(t, whole) {
		if name == "plain" {
			continue // tar(5) has no checksum of content
		}
		for at := len(data) - 1; at > 30; at -= len(data) / 7 {
			changed := bytes.Clone(data)
			changed[at] ^= 0x10
			if _, err := newYard(t).unpack(changed); err == nil {
				t.Errorf("%s: byte %d of %d is another: no error", name, at, len(data))
			}
		}
	}
}

// What is no tar stream is said to be none.
func TestNoStream(t *testing.T) {
	mark := make([]byte, 2*block)
	for want, data := range map[string][]byte{
		"is empty":                   {},
		"there is no member in it":   mark,
		"cut off":                    mark[:100],
		"no tar stream":              bytes.Repeat([]byte("text "), 500),
		"end-of-archive mark is mis": stream(t, file("a", ""))[:block],
	} {
		_, err := newYard(t).unpack(data)
		wants(t, err, "tarball: ", want)
	}
	var zeros bytes.Buffer
	zip := exec.Command("gzip", "-c")
	zip.Stdin, zip.Stdout = strings.NewReader(""), &zeros
	if err := zip.Run(); err != nil {
		t.Fatal(err)
	}
	_, err := newYard(t).unpack(zeros.Bytes())
	wants(t, err, "is empty")
}

// A tarball that cannot be opened is known before anything is made.
func TestNoTarball(t *testing.T) {
	for path, want := range map[string]string{"/no/such": "/no/such: no such file or directory", "/tmp": "/tmp: is a directory"} {
		_, err := newYard(t).unpack(nil, func(s *Spec) { s.Tarball = path })
		if err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

// Reading ahead gives all that there is, in order, and the error at its end.
func TestReadAhead(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789"), 3*chunks*chunk/10)
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(text), "halves": iotest.HalfReader(bytes.NewReader(text)), "error with data": iotest.DataErrReader(bytes.NewReader(text)),
	} {
		a := readAhead(&stop{came: make(chan struct{})}, func() (io.Reader, error) { return r, nil })
		if got, err := io.ReadAll(a); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(text), err)
		}
	}
	broken := errors.New("broken")
	for want, r := range map[error]io.Reader{
		broken: io.MultiReader(strings.NewReader("text"), iotest.ErrReader(broken)), io.ErrUnexpectedEOF: iotest.ErrReader(io.ErrUnexpectedEOF),
	} {
		a := readAhead(&stop{came: make(chan struct{})}, func() (io.Reader, error) { return r, nil })
		if _, err := io.ReadAll(a); err != want {
			t.Errorf("%v, not %v", err, want)
		}
	}
	never, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer never.Close()
	s := &stop{came: make(chan struct{}), signal: unix.SIGTERM}
	close(s.came)
	a := readAhead(s, func() (io.Reader, error) { return never, nil })
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, stopped{unix.SIGTERM}) {
		t.Errorf("of a pipe that stays empty, after a signal: %v", err)
	}
}

// A window that would take all memory is refused.
func TestWindow(t *testing.T) {
	tarball := filepath.Join(t.TempDir(), "tar")
	if err := os.WriteFile(tarball, stream(t, file("a", strings.Repeat("text ", 1000))), 0o600); err != nil {
		t.Fatal(err)
	}
	data, err := exec.Command("sh", "-c", "exec zstd --long=30 -c <"+tarball).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, err = newYard(t).unpack(data)
	wants(t, err, "window size")
}
