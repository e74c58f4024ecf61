package unpack

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// words are what the fuzzer makes names and targets of: few, so that members
// meet, and hostile.
var words = []string{
	"a", "b", "c", "a", "b", "..", ".", "", "../..", "canary", "file", "folder", "in", "root", "passwd",
	"/", "/proc/self/root", "/proc/self/cwd", "a/../b", "..a", "\x00", "\xff", "-", ".root.unpack", "../../canary", "CANARY",
}

var kinds = []byte{
	tar.TypeReg, tar.TypeReg, tar.TypeDir, tar.TypeDir, tar.TypeSymlink, tar.TypeSymlink, tar.TypeLink, tar.TypeLink,
	tar.TypeFifo, tar.TypeChar, tar.TypeBlock, tar.TypeCont, 'V', 'Z',
}

// script makes an archive of the fuzzer's bytes: one for the kind, then those
// for the name, the target, and the rest of a member.
type script struct {
	left []byte
	dir  string
}

func (s *script) next() byte {
	if len(s.left) == 0 {
		return 0
	}
	b := s.left[0]
	s.left = s.left[1:]
	return b
}

func (s *script) name() string {
	var parts []string
	for range s.next()%4 + 1 {
		word := words[int(s.next())%len(words)]
		parts = append(parts, strings.ReplaceAll(word, "CANARY", filepath.Join(s.dir, "canary")))
	}
	return strings.Join(parts, "/")
}

// archive writes what can be written: the package has rules of its own.
func (s *script) archive() []byte {
	var out bytes.Buffer
	for len(s.left) > 0 {
		var one bytes.Buffer
		w := tar.NewWriter(&one)
		h := tar.Header{Typeflag: kinds[int(s.next())%len(kinds)], Name: s.name(), Mode: int64(s.next()) << 4}
		if h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink {
			h.Linkname = s.name()
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(s.next())
		}
		if s.next()%8 == 0 {
			h.PAXRecords = map[string]string{"SCHILY.xattr." + s.name(): "x"}
		}
		if w.WriteHeader(&h) != nil {
			continue
		}
		_, _ = w.Write(make([]byte, h.Size)) // into memory
		_ = w.Flush()
		out.Write(one.Bytes())
	}
	return append(out.Bytes(), make([]byte, 2*block)...)
}

// FuzzUnpack: whatever the stream, nothing outside is touched, an error leaves
// nothing, and it ends.
func FuzzUnpack(f *testing.F) {
	for _, seed := range [][]byte{
		{4, 0, 0, 0, 0, 0, 24, 1, 0, 1, 0, 0, 10, 0, 9, 1}, // a -> ../../canary, a/file
		{6, 0, 0, 0, 1, 24, 10, 0, 1},                      // a is canary/file
		{4, 0, 0, 0, 0, 25, 1, 2, 1, 0, 11, 7, 1},
	} {
		f.Add(true, seed)
	}
	f.Add(false, oldSparse(1<<40, "data", extent{1 << 30, 4}))
	f.Add(false, stream(f, folderOf("a", 0o755), file("a/b", "text"), hard("c", "a/b"), soft("d", "a")))
	f.Add(false, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"))
	f.Add(false, []byte("\x28\xb5\x2f\xfd\x04\x00"))
	f.Add(false, []byte("\xfd7zXZ\x00\x00\x04"))
	f.Fuzz(func(t *testing.T, built bool, data []byte) {
		y := newYard(t)
		if built {
			data = (&script{data, y.dir}).archive()
		}
		late := time.AfterFunc(20*time.Second, func() { panic("it hangs") })
		defer late.Stop()
		_, _ = y.unpack(data) // looks around by itself
	})
}

// FuzzChanged changes one byte of a header and mends its checksum, which the
// fuzzer would need long to come to by itself.
func FuzzChanged(f *testing.F) {
	f.Add(uint16(156), byte('5'))
	f.Add(uint16(512+100), byte('7'))
	f.Fuzz(func(t *testing.T, at uint16, to byte) {
		y := newYard(t)
		data := stream(t, soft("a", "../../canary"), file("b", "text"), hard("c", "b"), folderOf("d", 0o755))
		i := int(at) % (len(data) - 2*block)
		data[i] = to
		head := i / block * block
		sum := int64(8 * ' ')
		for j, b := range data[head : head+block] {
			if j < 148 || j >= 156 {
				sum += int64(b)
			}
		}
		copy(data[head+148:], fmt.Sprintf("%06o\x00 ", sum))
		_, _ = y.unpack(data)
	})
}

// The check is checked: a canary that was touched is seen.
func TestYard(t *testing.T) {
	y := newYard(t)
	_, err := y.unpack(stream(t, file("a", "x")))
	must(t, err)
	if got := y.content("a"); got != "x" {
		t.Error(got)
	}
	touched := &yard{t: &deaf{T: t}, dir: y.dir, before: y.before}
	must(t, os.WriteFile(filepath.Join(y.dir, "canary", "file"), []byte("changed"), 0o600))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a changed canary is not seen")
			}
		}()
		touched.unharmed(nil)
	}()
}

// deaf is a test that panics where another would fail.
type deaf struct{ *testing.T }

func (d *deaf) Fatalf(string, ...any) { panic("failed") }
