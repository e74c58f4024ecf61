package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What is not there is empty, and no error; of the errors the first is kept,
// and what comes after it is read all the same.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cpu.stat"), []byte("usage_usec 12\nuser_usec 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &files{}
	if got := f.text(folder, "memory.max"); got != "" || f.err != nil {
		t.Errorf("a file that is not there: %q, %v", got, f.err)
	}
	if got := f.text(folder, "."); got != "" || !errors.Is(f.err, unix.EISDIR) {
		t.Errorf("a folder: %q, %v", got, f.err)
	}
	f.text(folder, "cpu.stat/x") // the second error
	if got := f.field(folder, "cpu.stat", "user_usec"); got != "7" || !errors.Is(f.err, unix.EISDIR) {
		t.Errorf("after an error: %q, %v", got, f.err)
	}
	if got := f.field(folder, "cpu.stat", "nr"); got != "" {
		t.Errorf("a field that is not there: %q", got)
	}
	if !there(folder) || there(filepath.Join(folder, "memory.max")) {
		t.Error("there does not tell what is there")
	}
	if !there(filepath.Join(folder, "cpu.stat", "x")) {
		t.Error("what cannot be looked at is taken for gone")
	}
}

// TestLike: a form is looked for, a name is taken as it is, and a folder that
// cannot be read is an error.
func TestLike(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"hugetlb.2MB.max", "hugetlb.1GB.max", "hugetlb.2MB.rsvd.current"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := &files{}
	for form, want := range map[string]int{"hugetlb.*.max": 2, "cpu.idle": 1, "dmem.*": 0} {
		if got := f.like(folder, form); len(got) != want || f.err != nil {
			t.Errorf("%s: %q, %v", form, got, f.err)
		}
	}
	if got := f.like(filepath.Join(folder, "gone"), "*"); got != nil || f.err != nil {
		t.Errorf("a folder that is gone: %q, %v", got, f.err)
	}
	if got := f.like(filepath.Join(folder, "hugetlb.2MB.max"), "*"); got != nil || !errors.Is(f.err, unix.ENOTDIR) {
		t.Errorf("no folder: %q, %v", got, f.err)
	}
}
