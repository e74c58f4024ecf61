package unpack

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// entry is a member to be written, with its content.
type entry struct {
	tar.Header
	content string
}

func file(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}, content}
}

func folderOf(name string, mode int64) entry {
	return entry{tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode}, ""}
}

func linkTo(kind byte, name, target string) entry {
	return entry{tar.Header{Typeflag: kind, Name: name, Linkname: target, Mode: 0o777}, ""}
}

func hard(name, target string) entry { return linkTo(tar.TypeLink, name, target) }
func soft(name, target string) entry { return linkTo(tar.TypeSymlink, name, target) }

// stream is an archive of the members.
func stream(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		e.Uid, e.Gid = max(e.Uid, 0), max(e.Gid, 0)
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// yard is a folder with a canary in it, beside which a root is unpacked.
type yard struct {
	t      testing.TB
	dir    string
	before string
}

func newYard(t testing.TB) *yard {
	t.Helper()
	y := &yard{t: t, dir: t.TempDir()}
	for _, dir := range []string{"canary", "canary/folder", "in"} {
		if err := os.Mkdir(filepath.Join(y.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"canary/file", "canary/folder/file", "passwd"} {
		if err := os.WriteFile(filepath.Join(y.dir, name), []byte("as it was"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	y.before = look(t, y.dir)
	return y
}

// unpack unpacks a stream into in/root. Whatever comes of it, nothing outside
// may have changed, and nothing else may be left.
func (y *yard) unpack(data []byte, change ...func(*Spec)) (*Result, error) {
	y.t.Helper()
	tarball := filepath.Join(y.t.TempDir(), "tarball")
	if err := os.WriteFile(tarball, data, 0o600); err != nil {
		y.t.Fatal(err)
	}
	s := Spec{Tarball: tarball, Dir: y.root()}
	for _, c := range change {
		c(&s)
	}
	plan, result, err := Plan(s)
	if err == nil {
		err = plan.Run(step.Silent)
	}
	y.unharmed(err)
	return result, err
}

func (y *yard) root(path ...string) string {
	return filepath.Join(y.dir, "in", "root", filepath.Join(path...))
}

// unharmed looks around, and away from the root that was made.
func (y *yard) unharmed(err error) {
	y.t.Helper()
	left, _ := os.ReadDir(filepath.Join(y.dir, "in"))
	for _, entry := range left {
		if err != nil || entry.Name() != "root" {
			y.t.Errorf("after %v there is %s", err, entry)
		}
	}
	var after strings.Builder
	for line := range strings.Lines(look(y.t, y.dir)) {
		if !strings.HasPrefix(line, `"in/`) {
			after.WriteString(line)
		}
	}
	if after.String() != y.before {
		y.t.Fatalf("after %v there is\n%s\nand there was\n%s", err, after.String(), y.before)
	}
}

// look says what is in a folder: kind, mode, owner, links, time, content. The
// folder in/ is where we work, its time changes.
func look(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		if name == "in" {
			fmt.Fprintf(&all, "%q\n", name)
			return nil
		}
		fmt.Fprintf(&all, "%q %o %d:%d %d %d", name, st.Mode, st.Uid, st.Gid, st.Nlink, st.Mtim.Nano())
		if entry.Type().IsRegular() && st.Size < 1<<20 {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&all, " %q", text)
		}
		fmt.Fprintln(&all)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// content is that of a file of the root.
func (y *yard) content(path string) string {
	y.t.Helper()
	text, err := os.ReadFile(y.root(path))
	if err != nil {
		y.t.Error(err)
	}
	return string(text)
}

// wants fails unless the error says all the words. The folder's path, which has
// the test's name in it, is none of them.
func wants(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, and not %q", words)
	}
	said := err.Error()
	if at := strings.Index(said, "/tarball: "); at >= 0 {
		said = said[at+1:]
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			t.Errorf("%v: does not say %q", err, word)
		}
	}
}
