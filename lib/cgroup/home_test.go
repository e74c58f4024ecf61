package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestShown finds groups by mounts that show all, a part, or more than that.
func TestShown(t *testing.T) {
	for _, c := range []struct{ from, path, want string }{
		{"", "/", "/m"},
		{"", "/a/b", "/m/a/b"},
		{"/docker/x", "/docker/x", "/m"},
		{"/docker/x", "/docker/x/in/it", "/m/in/it"},
		{"/docker/x", "/docker/xy", ""},
		{"/docker/x", "/", ""},
		{"", "/../host-2", ""},   // outside of this cgroup namespace
		{"/../..", "/a", ""},     // mounted outside of it: what is between has no name here
		{"/docker/x", "/..", ""}, // both
	} {
		h := &Host{unified: "/m", from: map[string]string{}}
		if c.from != "" {
			h.from["/m"] = c.from
		}
		got, err := h.shown("/m", c.path)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s of %q: %q, %v", c.path, c.from, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "is not seen at /m") {
			t.Error(err)
		}
	}
}

// TestCovered: what is mounted later in the same place is what is seen there.
func TestCovered(t *testing.T) {
	h := &Host{v1: map[string]string{}, from: map[string]string{}}
	err := h.read(strings.NewReader(strings.Join([]string{
		`41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw`,
		`42 41 0:38 /a\040b /sys/fs/cgroup rw - cgroup2 cgroup2 rw`,
		`43 31 0:38 /c /mnt rw - cgroup2 cgroup2 rw`,
		`44 31 0:32 /x /v1 rw - cgroup cgroup rw,memory`,
		`45 31 0:32 / /v1 rw - cgroup cgroup rw,memory`,
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if h.unified != "/sys/fs/cgroup" || h.from[h.unified] != "/a b" || h.v1["memory"] != "/v1" || h.from["/v1"] != "" {
		t.Errorf("%+v", h)
	}
}

// as does something as a user without a right of root's, in a thread that ends
// with it.
func as(t *testing.T, uid int, do func() error) error {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		// Of this thread alone: package syscall would change all of them.
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			done <- errno
			return
		}
		done <- do()
	}()
	return <-done
}

// TestOutermost: the farthest from which on all are the caller's own.
func TestOutermost(t *testing.T) {
	const nobody = 65534
	root := t.TempDir()
	for above := root; above != "/"; above = filepath.Dir(above) {
		if err := os.Chmod(above, 0o755); err != nil && !errors.Is(err, unix.EPERM) || above == os.TempDir() {
			break
		}
	}
	for folder, uid := range map[string]int{"a": 0, "a/b": nobody, "a/b/c": nobody, "a/b/c/d": 0, "a/b/c/d/e": nobody} {
		path := filepath.Join(root, folder)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(path, "cgroup.procs")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chown(path, uid, uid), os.Chown(file, uid, uid)); err != nil {
			t.Fatal(err)
		}
	}
	h := &Host{unified: root}
	for path, want := range map[string]string{
		".": "", "a": "", "a/b": "a/b", "a/b/c": "a/b", "a/b/c/d": "", "a/b/c/d/e": "a/b/c/d/e", "none": "",
	} {
		err := as(t, nobody, func() error {
			if got, is := h.outermost(path); got != want || is != (want != "") {
				t.Errorf("%s: %q, %v, want %q", path, got, is, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestResolve: what is said is taken; else, for root, the one at the root.
func TestResolve(t *testing.T) {
	for p, want := range map[Parent]Parent{"": DefaultParent, "a/b": "a/b", ".": "."} {
		if got, err := p.Resolve(); err != nil || got != want {
			t.Errorf("%q: %q, %v", p, got, err)
		}
	}
	g := made(t, nil)
	pid := moved(t, g)
	folders, err := g.host.foldersOf(itoa(pid))
	if err != nil {
		t.Fatal(err)
	}
	if folders[g.host.unified] != g.Path() {
		t.Errorf("%v, and not %s", folders, g.Path())
	}
	var below Parent
	if err := below.UnmarshalText([]byte("./x")); err != nil {
		t.Fatal(err)
	}
	own, err := g.host.foldersOf("self")
	if err != nil {
		t.Fatal(err)
	}
	got, err := below.Resolve()
	if err != nil || filepath.Join(g.host.unified, string(got)) != filepath.Join(own[g.host.unified], "x") {
		t.Errorf("%q: %q, %v; this is in %s", below, got, err, own[g.host.unified])
	}
	for _, bad := range []string{"./", "./..", "./../x", "./a/../../b"} {
		if err := below.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for %q", bad, below)
		}
	}
}
