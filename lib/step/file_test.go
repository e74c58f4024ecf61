package step

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A folder is made, and gone after the undo; one that is there is an error.
func TestMkdir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it's new")
	s := Mkdir{Path: path, Mode: 0o700}
	if err := s.Do(); err != nil {
		t.Fatal(err)
	}
	if err := s.Do(); !errors.Is(err, fs.ErrExist) || err.Error() != "make folder "+path+": file exists" {
		t.Errorf("made again: %v", err)
	}
	if err := os.WriteFile(filepath.Join(path, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Undo(); !errors.Is(err, unix.ENOTEMPTY) {
		t.Errorf("a folder with somebody's file is removed: %v", err)
	}
	if err := os.Remove(filepath.Join(path, "file")); err != nil {
		t.Fatal(err)
	}
	if err := s.Undo(); err != nil {
		t.Error(err)
	}
	if err := s.Undo(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed again: %v", err)
	}
	if out, err := exec.Command("sh", "-c", s.Say()).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", s.Say(), err, out)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v", s.Say(), info, err)
	}
}

// A file that is there is written; one that is not is never made.
func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.max")
	s := WriteFile{Path: path, Text: "10485760"}
	if err := s.Do(); !errors.Is(err, fs.ErrNotExist) || err.Error() != "open "+path+": no such file or directory" {
		t.Errorf("no such file: %v", err)
	}
	if err := os.WriteFile(path, []byte("max"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Do(); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "10485760" {
		t.Errorf("the file has %q", text)
	}
	if out, err := exec.Command("sh", "-c", s.Say()).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", s.Say(), err, out)
	}
	if text, _ := os.ReadFile(path); string(text) != "10485760\n" {
		t.Errorf("%s: the file has %q", s.Say(), text)
	}
	refused := WriteFile{Path: "/dev/full", Text: "x"}.Do()
	if !errors.Is(refused, unix.ENOSPC) || !strings.HasPrefix(refused.Error(), `write "x" to /dev/full: `) {
		t.Errorf("a write that fails: %v", refused)
	}
}

// Cause takes off what package os says twice, and leaves the rest.
func TestCause(t *testing.T) {
	_, open := os.Open("/no/such")
	link := os.Link("/no/such", "/no/other")
	own := errors.New("own")
	for err, want := range map[error]error{
		open: unix.ENOENT, link: unix.ENOENT, own: own,
		os.NewSyscallError("mount", unix.EPERM): unix.EPERM,
	} {
		if got := Cause(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
