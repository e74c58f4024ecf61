package unpack

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// oldSparse is a member of the old GNU format, whose header package archive/tar
// does not write: size is the file's, and data comes in the order of the map.
func oldSparse(size int64, data string, extents ...extent) []byte {
	header := make([]byte, block)
	octal := func(at, width int, n int64) { copy(header[at:], fmt.Sprintf("%0*o\x00", width-1, n)) }
	copy(header, "sparse")
	octal(100, 8, 0o644)
	octal(108, 8, 0)
	octal(116, 8, 0)
	octal(124, 12, int64(len(data)))
	octal(136, 12, 0)
	header[156] = tar.TypeGNUSparse
	copy(header[257:], "ustar  \x00")
	wide(header[483:495], size)
	out := header
	at, more := header[386:482], 482
	for i, e := range extents {
		if len(at) < 24 {
			out[len(out)-block+more] = 1
			out = append(out, make([]byte, block)...)
			at, more = out[len(out)-block:][:504], 504
		}
		wide(at, e.offset)
		wide(at[12:], e.length)
		if i < len(extents) {
			at = at[24:]
		}
	}
	sum := int64(8 * ' ')
	for _, b := range out[:block] {
		sum += int64(b)
	}
	copy(out[148:], fmt.Sprintf("%06o\x00 ", sum))
	out = append(out, data...)
	return append(out, make([]byte, -len(data)&(block-1)+2*block)...)
}

// wide writes a number as binary, which has room for all.
func wide(field []byte, n int64) {
	for i := 11; i > 0; i-- {
		field[i] = byte(n)
		n >>= 8
	}
	field[0] = 0x80
}

// raw writes a member whose records package tar would refuse to write.
func raw(t *testing.T, records map[string]string, data string) []byte {
	t.Helper()
	body := ""
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range records {
			if !yield(k) {
				return
			}
		}
	}) {
		line := fmt.Sprintf(" %s=%s\n", k, records[k])
		n := len(line) + len(strconv.Itoa(len(line)))
		if len(strconv.Itoa(n))+len(line) != n {
			n++
		}
		body += strconv.Itoa(n) + line
	}
	one := stream(t, entry{tar.Header{Typeflag: tar.TypeReg, Name: "x", Size: int64(len(body))}, body})
	one[156] = tar.TypeXHeader
	sum := int64(8 * ' ')
	for i, b := range one[:block] {
		if i < 148 || i >= 156 {
			sum += int64(b)
		}
	}
	copy(one[148:], fmt.Sprintf("%06o\x00 ", sum))
	return append(one[:len(one)-2*block], stream(t, file("sparse", data))...)
}

// The largest file there can be, all of it a hole but the end, takes no time
// and no room. Of the member after it nothing is lost.
func TestHole(t *testing.T) {
	y := newYard(t)
	const size = 1 << 43 // less than ext4's most
	data := oldSparse(size, "beginend", extent{0, 5}, extent{size - 3, 3}, extent{size, 0})
	began := time.Now()
	result, err := y.unpack(append(data[:len(data)-2*block], stream(t, file("next", "member"))...))
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	var st unix.Stat_t
	if err := unix.Stat(y.root("sparse"), &st); err != nil || st.Size != size || st.Blocks > 64 || result.Bytes != 14 {
		t.Errorf("%+v, %v, %d bytes", st, err, result.Bytes)
	}
	if end, err := exec.Command("tail", "-c", "4", y.root("sparse")).Output(); err != nil || string(end) != "\x00end" {
		t.Errorf("it ends with %q: %v", end, err)
	}
	if got := y.content("next"); got != "member" {
		t.Errorf("the next member has %q", got)
	}
}

// More extents than the header has room for; none at all; a file too large.
func TestExtents(t *testing.T) {
	var many []extent
	var data strings.Builder
	want := make([]byte, 100*8192)
	for i := range 100 {
		many = append(many, extent{int64(i) * 8192, 3})
		fmt.Fprintf(&data, "%03d", i)
		copy(want[i*8192:], fmt.Sprintf("%03d", i))
	}
	y := newYard(t)
	if _, err := y.unpack(oldSparse(100*8192, data.String(), many...)); err != nil {
		t.Fatal(err)
	}
	if got := y.content("sparse"); got != string(want) {
		t.Error("100 extents: not the same")
	}
	y = newYard(t)
	if _, err := y.unpack(oldSparse(1<<20, "", extent{1 << 20, 0})); err != nil || y.content("sparse") != string(make([]byte, 1<<20)) {
		t.Errorf("all a hole: %v", err)
	}
	_, err := newYard(t).unpack(oldSparse(1<<62, "x", extent{0, 1}))
	wants(t, err, "member sparse", "file too large")
}

// A map that does not fit its data is an error; so is one that is not known.
func TestMaps(t *testing.T) {
	one := func(text string) map[string]string {
		return map[string]string{"GNU.sparse.map": text, "GNU.sparse.numblocks": strconv.Itoa((strings.Count(text, ",") + 1) / 2), "GNU.sparse.size": "100"}
	}
	lines := func(text string) []byte {
		records := map[string]string{"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "100", "GNU.sparse.name": "sparse"}
		return raw(t, records, text+strings.Repeat("\x00", -len(text)&(block-1))+"data")
	}
	for name, c := range map[string]struct {
		data []byte
		good bool
	}{
		"commas":          {raw(t, one("0,2,98,2"), "data"), true},
		"commas, short":   {raw(t, one("0,2,98"), "data"), false},
		"commas, words":   {raw(t, one("a,b"), "data"), false},
		"commas, too few": {raw(t, one("0,2"), "data"), false},
		"commas, beyond":  {raw(t, one("0,2,99,2"), "data"), false},
		"lines":           {lines("2\n0\n2\n98\n2\n"), true},
		"lines, too many": {lines("2\n0\n2\n98\n3\n"), false},
		"lines, words":    {lines("x\n"), false},
		"lines, no end":   {lines("9\n0\n2\n"), false},
		"lines, negative": {lines("1\n-4\n4\n"), false},
		"lines, back":     {lines("2\n50\n2\n40\n2\n"), false},
		"old, too few":    {oldSparse(100, "data", extent{0, 3}), false},
		"old, too many":   {oldSparse(100, "data", extent{0, 5}), false},
		"old, beyond":     {oldSparse(2, "data", extent{0, 4}), false},
		"old, overlap":    {oldSparse(100, "data", extent{0, 2}, extent{1, 2}), false},
		"old, huge":       {oldSparse(100, "data", extent{1<<63 - 1, 4}), false},
		"unknown":         {raw(t, map[string]string{"GNU.sparse.major": "2", "GNU.sparse.minor": "0"}, "data"), false},
	} {
		y := newYard(t)
		_, err := y.unpack(c.data)
		want := "da" + string(make([]byte, 96)) + "ta"
		if c.good && (err != nil || y.content("sparse") != want) {
			t.Errorf("%s: %v", name, err)
		}
		if !c.good && err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What GNU tar writes of a file with holes comes back, in each of its formats.
func TestOfTar(t *testing.T) {
	from := t.TempDir()
	name := filepath.Join(from, strings.Repeat("long/", 40), "sparse")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		if _, err := f.WriteAt(bytes.Repeat([]byte{byte(i)}, 5000+i), int64(i)<<20); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"gnu", "oldgnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax --sparse-version=1.0"} {
		words := append([]string{"-cSf", "-", "-C", from, "--format"}, strings.Fields(format)...)
		data, err := exec.Command("tar", append(words, ".")...).Output()
		if err != nil || len(data) > 1<<20 {
			t.Fatalf("%s: %d bytes, %v", format, len(data), err)
		}
		y := newYard(t)
		if _, err := y.unpack(data); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if out, err := exec.Command("diff", "-r", from, y.root()).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", format, err, out)
		}
	}
}
