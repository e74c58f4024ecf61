package unpack

import (
	"archive/tar"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Each of these is an error that names the member. Nothing outside is touched,
// and nothing is left.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct {
		members []entry
		words   []string
	}{
		"up":                      {[]entry{file("../passwd", "x")}, []string{"member ../passwd", ".."}},
		"up in the midst":         {[]entry{folderOf("a", 0o755), file("a/../../passwd", "x")}, []string{"member a/../../passwd"}},
		"up, and back":            {[]entry{file("a/../b", "x")}, []string{"member a/../b"}},
		"up, as a folder":         {[]entry{folderOf("../../canary", 0o777)}, []string{"../../canary"}},
		"up, only":                {[]entry{folderOf("..", 0o777)}, []string{"member ..:"}},
		"absolute":                {[]entry{file("/etc/passwd", "x")}, []string{"member /etc/passwd", "absolute"}},
		"absolute folder":         {[]entry{folderOf("/", 0o777)}, []string{"absolute"}},
		"through a link up":       {[]entry{soft("out", "../../canary"), file("out/file", "x")}, []string{"member out/file", "symbolic link"}},
		"through an absolute":     {[]entry{soft("out", "/etc"), file("out/passwd", "x")}, []string{"member out/passwd", "symbolic link"}},
		"through a link inside":   {[]entry{folderOf("a", 0o755), soft("b", "a"), file("b/file", "x")}, []string{"member b/file", "symbolic link"}},
		"through two links":       {[]entry{soft("a", "."), soft("b", "a/../.."), file("b/passwd", "x")}, []string{"member b/passwd"}},
		"through a link of /proc": {[]entry{soft("p", "/proc/self/root"), file("p/tmp/x", "x")}, []string{"member p/tmp/x"}},
		"folder through a link":   {[]entry{soft("out", "../../canary"), folderOf("out/folder", 0o777)}, []string{"member out/folder"}},
		"link through a link":     {[]entry{soft("out", "../../canary"), soft("out/new", "x")}, []string{"member out/new"}},
		"fifo through a link":     {[]entry{soft("out", "../../canary"), linkTo(tar.TypeFifo, "out/new", "")}, []string{"member out/new"}},
		"hard link up":            {[]entry{hard("a", "../passwd")}, []string{"hard link a to ../passwd", ".."}},
		"hard link to absolute":   {[]entry{hard("a", "/etc/passwd")}, []string{"hard link a to /etc/passwd", "absolute"}},
		"hard link through":       {[]entry{soft("out", "../../canary"), hard("a", "out/file")}, []string{"hard link a to out/file", "symbolic link"}},
		"hard link into":          {[]entry{soft("out", "../../canary"), file("b", "x"), hard("out/new", "b")}, []string{"hard link out/new to b"}},
		"hard link to nothing":    {[]entry{hard("a", "b")}, []string{"hard link a to b", "no such member"}},
		"hard link to a folder":   {[]entry{folderOf("b", 0o755), hard("a", "b")}, []string{"hard link a to b", "not permitted"}},
		"hard link to the root":   {[]entry{hard("a", ".")}, []string{"hard link a to ."}},
		"beneath a file":          {[]entry{file("a", "x"), file("a/b", "y")}, []string{"member a/b", "no folder"}},
		"file for a folder":       {[]entry{file("a/b", "x"), file("a", "y")}, []string{"member a:", "folder already"}},
		"link for a folder":       {[]entry{folderOf("a", 0o755), soft("a", "/etc")}, []string{"member a:", "folder already"}},
		"link for the root":       {[]entry{soft("./", "/etc")}, []string{"root can only be a folder"}},
		"file for the root":       {[]entry{file(".", "x")}, []string{"root can only be a folder"}},
		"a long name":             {[]entry{file(strings.Repeat("x", 256), "x")}, []string{"file name too long"}},
		"a long path":             {[]entry{file(strings.Repeat("x/", 2100)+"y", "x")}, []string{"file name too long"}},
		"an owner too large":      {[]entry{{tar.Header{Name: "a", Uid: math.MaxUint32}, ""}}, []string{"member a", "owner 4294967295:0"}},
		"a group too large":       {[]entry{{tar.Header{Name: "a", Gid: 1 << 40}, ""}}, []string{"member a", "owner"}},
		"an unknown type":         {[]entry{{tar.Header{Name: "a", Typeflag: 'Z'}, ""}}, []string{"member a", "type"}},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t)
			_, err := y.unpack(stream(t, c.members...))
			wants(t, err, c.words...)
		})
	}
}

// A member that is there twice is what the later one says; a folder keeps what
// is in it.
func TestTwice(t *testing.T) {
	y := newYard(t)
	_, err := y.unpack(stream(t,
		file("file", "first, and longer"), file("file", "second"),
		soft("link", "../../canary/file"), file("link", "a file now"),
		file("was", "x"), soft("was", "file"),
		soft("dir", "/etc"), folderOf("dir", 0o755), file("dir/file", "inside"),
		folderOf("keep", 0o755), file("keep/file", "kept"), folderOf("keep", 0o700),
		file("one", "1"), hard("two", "one"), file("one", "other"), hard("two", "two"), hard("one", "./one"),
		linkTo(tar.TypeFifo, "fifo", ""), file("fifo", "no fifo"),
	))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"file": "second", "link": "a file now", "dir/file": "inside", "keep/file": "kept",
		"one": "other", "two": "1", "fifo": "no fifo", "was": "second",
	} {
		if got := y.content(path); got != want {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
	if info, err := os.Lstat(y.root("keep")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("keep: %v, %v", info, err)
	}
}

// Names that look odd, and are none of the hostile ones.
func TestOdd(t *testing.T) {
	y := newYard(t)
	_, err := y.unpack(stream(t,
		folderOf("./", 0o711), file("./a//b/./c", "deep"), file("..a", "1"), file("a..", "2"), file("...", "3"),
		file("line\nbreak", "4"), file("\xff\xfe", "5"), file("-rf", "6"), file(".wh.file", "no whiteout"),
		soft("absolute", "/etc/passwd"), soft("up", "../../../.."), hard("up2", "up"),
	))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a/b/c": "deep", "..a": "1", "a..": "2", "...": "3", "line\nbreak": "4", "\xff\xfe": "5", "-rf": "6", ".wh.file": "no whiteout",
	} {
		if got := y.content(path); got != want {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
	if target, err := os.Readlink(y.root("up2")); err != nil || target != "../../../.." {
		t.Errorf("up2: %q, %v", target, err)
	}
	for path, mode := range map[string]os.FileMode{".": 0o711, "a": 0o755, "a/b": 0o755} {
		if info, err := os.Stat(y.root(path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

// An image is no root, in whichever form; a program's own manifest is none.
func TestImage(t *testing.T) {
	for name, members := range map[string][]entry{
		"docker": {file("0123/layer.tar", "x"), file("0123/json", "{}"), file("manifest.json", "[]")},
		"oci":    {folderOf("blobs/sha256", 0o755), file("blobs/sha256/0123", "x"), file("index.json", "{}"), file("oci-layout", "{}")},
		"podman": {file("0123.tar", "x"), file("manifest.json", "[]"), file("repositories", "{}")},
	} {
		_, err := newYard(t).unpack(stream(t, members...))
		if err == nil || !strings.Contains(err.Error(), "docker export") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := newYard(t).unpack(stream(t, file("manifest.json", "{}"), file("app", "x"), file("srv/layer.tar.gz", "x"))); err != nil {
		t.Error(err)
	}
}

// A tree that is deeper than there are descriptors, and than a path may be, is
// made, and removed.
func TestDeep(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := unix.Rlimit{Cur: 64, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) }()
	y := newYard(t)
	deep := strings.Repeat("d/", 2000) + "file"
	_, err := y.unpack(stream(t, file(deep, "x"), file(".1/file", "x"), folderOf(".2/.1/.3", 0), file("../x", "")))
	wants(t, err, "../x")
}

// A wall of headers that only add to a member which never comes ends.
func TestManyHeaders(t *testing.T) {
	one := stream(t, entry{tar.Header{Name: "a", PAXRecords: map[string]string{"X.y": strings.Repeat("z", 500<<10)}}, ""})
	wall := []byte{}
	for range 20 {
		wall = append(wall, one[:len(one)-3*block]...)
	}
	_, err := newYard(t).unpack(wall)
	wants(t, err, "headers of more than 8 MiB")
}

// Times of any year, and of before there were any.
func TestTimes(t *testing.T) {
	y := newYard(t)
	when := map[string]time.Time{
		"now": time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.UTC), "old": time.Unix(-1000000, 0), "first": time.Unix(0, 0),
	}
	var members []entry
	for name, at := range when {
		e := file(name, "x")
		e.ModTime, e.Format = at, tar.FormatPAX
		members = append(members, e)
	}
	if _, err := y.unpack(stream(t, members...)); err != nil {
		t.Fatal(err)
	}
	for name, at := range when {
		if info, err := os.Lstat(filepath.Join(y.root(), name)); err != nil || !info.ModTime().Equal(at) {
			t.Errorf("%s: %v, %v", name, info.ModTime(), err)
		}
	}
}
