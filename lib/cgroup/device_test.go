package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// TestDiskOf finds each block device by its number, its name and its path; a
// part of a disk is the disk.
func TestDiskOf(t *testing.T) {
	devices, err := os.ReadDir("/sys/class/block")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		number := read("/sys/class/block/"+d.Name(), "dev")
		want := number
		if folder, _ := filepath.EvalSymlinks("/sys/class/block/" + d.Name()); there(folder + "/partition") {
			want = read(filepath.Dir(folder), "dev")
		}
		words := []string{d.Name(), number}
		if there("/dev/" + d.Name()) {
			words = append(words, "/dev/"+d.Name())
		}
		for _, word := range words {
			if got, err := diskOf(word); err != nil || got != want {
				t.Errorf("%s: %s, %v; want %s", word, got, err, want)
			}
		}
	}
	for word, want := range map[string]string{
		"/proc":      "is on no disk (proc",
		"no-such":    "neither a disk nor a file",
		"/no/such":   "neither a disk nor a file",
		"4095:12345": "no such block device",
	} {
		if got, err := diskOf(word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", word, got, err)
		}
	}
	if _, err := diskOf("/no/such"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

// TestFileOnDisk: a file is its disk, where it is on one.
func TestFileOnDisk(t *testing.T) {
	var s unix.Stat_t
	if err := unix.Stat(".", &s); err != nil {
		t.Fatal(err)
	}
	got, err := diskOf(".")
	if unix.Major(s.Dev) == 0 { // in memory, or on more than one disk
		if err == nil && !strings.Contains(sourceOf(numberText(s.Dev)), "/") {
			t.Errorf("what is on no disk is on %s", got)
		}
		return
	}
	want, _ := wholeDisk(numberText(s.Dev))
	if err != nil || got != want || want == "" {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	line, err := parseIOMax(".,wbps=10M/s,riops=max")
	if err != nil || line != want+" wbps=10485760 riops=max" {
		t.Errorf("%s, %v", line, err)
	}
	for word, want := range map[string]string{". 50": want + " 50", ".,default": want + " default"} {
		if line, err := parseIOWeight(word); err != nil || line != want {
			t.Errorf("%s: %s, %v", word, line, err)
		}
	}
}

// TestAnswer compares what was asked for with what the kernel has, in the form
// of the question.
func TestAnswer(t *testing.T) {
	const has = "8:0 rbps=4096 wbps=max riops=max wiops=100\n8:16 rbps=max wbps=1 riops=max wiops=max"
	for asked, want := range map[string]string{
		"8:0 rbps=4096":             "8:0 rbps=4096",
		"8:0 rbps=5000 wiops=100":   "8:0 rbps=4096 wiops=100",
		"8:0 rbps=1\n8:16 wbps=1":   "8:0 rbps=4096\n8:16 wbps=1",
		"8:32 rbps=max wiops=max":   "8:32 rbps=max wiops=max",
		"8:32 rbps=1":               "8:32 rbps=max",
		"8:1 rbps=1\n8:0 wbps=4096": "8:1 rbps=max\n8:0 wbps=max",
	} {
		if got := answer(has, asked); got != want {
			t.Errorf("%q: %q, want %q", asked, got, want)
		}
	}
	for asked, want := range map[string]string{"default 50": "default 100", "8:0 7": "8:0 200", "8:1 default": "8:1 default", "8:1 7": "8:1 default"} {
		if got := answer("default 100\n8:0 200", asked); got != want {
			t.Errorf("%q: %q, want %q", asked, got, want)
		}
	}
}

// TestDeviceWrite: what is undone is one device's line, and it is what it was.
func TestDeviceWrite(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ file, before, line, undone string }{
		{"io.max", "8:0 rbps=1 wbps=max\n8:16 wbps=2", "8:0 rbps=5", "8:0 rbps=1 wbps=max"},
		{"io.max", "8:16 wbps=2", "8:0 rbps=5", "8:0 rbps=max wbps=max riops=max wiops=max"},
		{"io.max", "", "8:0 rbps=5", "8:0 rbps=max wbps=max riops=max wiops=max"},
		{"io.weight", "default 100", "8:0 50", "8:0 default"},
		{"io.weight", "default 100\n8:0 70", "8:0 50", "8:0 70"},
		{"io.weight", "default 100\n8:0 70", "default 50", "default 100"},
	} {
		path := filepath.Join(folder, c.file)
		if err := os.WriteFile(path, []byte(c.before+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := newDeviceWrite(folder, c.file, c.line)
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
		if is := read(folder, c.file); !strings.HasPrefix(is, c.line) {
			t.Errorf("%s: %q is written", c.line, is)
		}
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		if err := s.Undo(); err != nil {
			t.Fatal(err)
		}
		if is := read(folder, c.file); is != c.undone {
			t.Errorf("%s after %q: the undo writes %q, want %q", c.line, c.before, is, c.undone)
		}
	}
	if err := (&deviceWrite{write: *newWrite("/no/such", "io.max", "8:0 rbps=1")}).Do(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such group: %v", err)
	}
}

// TestEmptyWrite: a list that was empty is so again. A write of no bytes would
// reach no file of a cgroup.
func TestEmptyWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuset.cpus")
	if err := os.WriteFile(path, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newWrite(filepath.Dir(path), filepath.Base(path), "0-1")
	if err := (step.List{s, failing{}}).Run(step.Silent); !errors.Is(err, errOnPurpose) {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || text[0] != '\n' {
		t.Errorf("%q, %v", text, err)
	}
	if said := newWrite("/a", "cpuset.cpus", "\n").Say(); said != "echo '' >/a/cpuset.cpus" {
		t.Error(said)
	}
}
