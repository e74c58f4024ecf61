package rootfs

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// made is a root with the file in it as /bin/x.
func made(t testing.TB, file []byte) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range append(ownTargets(), "/bin", "/etc", "/tmp", "/run", "/lib") {
		if err := os.MkdirAll(root+folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root+"/bin/x", file, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

func checked(t testing.TB, root string) *Report {
	t.Helper()
	r, err := Check(Spec{Root: root, Command: "x", Path: cleanPath})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// FuzzProgram: whatever the command's file is, it is looked at to an end, and
// what is said cannot steer a terminal.
func FuzzProgram(f *testing.F) {
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		f.Fatal(err)
	}
	linked, err := os.ReadFile("/bin/true")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{own[:4096], linked, linked[:1000], []byte("#!/bin/x\n"), []byte("#! /bin/x \x1b[31m\r\n"), []byte(elf.ELFMAG), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		text := checked(t, made(t, file)).Text()
		if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), func(c rune) bool { return c < ' ' }) {
			t.Errorf("%q", text)
		}
	})
}

// TestLibraries finds what a program of this host needs in the host's own root,
// and misses it in another one.
func TestLibraries(t *testing.T) {
	r, err := Check(Spec{Root: "/", Command: "/bin/true", Path: cleanPath})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Text(), "/bin/true: its libraries are there") {
		t.Error(r.Text())
	}
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	root := made(t, program)
	f, err := elf.Open("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	loader := interpreterOf(f)
	if err := os.MkdirAll(filepath.Dir(root+loader), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+loader, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, root); r.Fit || !strings.Contains(r.Text(), "is not there, and /bin/x needs it") {
		t.Error(r.Text())
	}
	// A folder that is configured, and one that is the file's own.
	for _, name := range needed(f) {
		if err := os.MkdirAll(root+"/opt", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "opt", name), program, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root+"/etc/ld.so.conf", []byte("# mine\n/opt\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, root); !strings.Contains(r.Text(), "/bin/x: its libraries are there") {
		t.Error(r.Text())
	}
}

func TestAgain(t *testing.T) {
	calls := 0
	n, err := again(func() (int, error) {
		if calls++; calls < 3 {
			return -1, unix.EINTR
		}
		return 7, nil
	})
	if n != 7 || err != nil || calls != 3 {
		t.Errorf("%d, %v after %d calls", n, err, calls)
	}
}
