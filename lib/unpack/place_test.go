package unpack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
	"mini-container/test/testenv"
)

func run(t *testing.T, dir string, members ...entry) (*Result, error) {
	t.Helper()
	tarball := filepath.Join(t.TempDir(), "tarball")
	if err := os.WriteFile(tarball, stream(t, members...), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, result, err := Plan(Spec{Tarball: tarball, Dir: dir})
	if err == nil {
		err = plan.Run(step.Silent)
	}
	return result, err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is there is replaced when it is an empty folder, and else refused before
// anything is made.
func TestPlace(t *testing.T) {
	testenv.Isolate(t)
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"empty", "full", "full/x", "here", "target", "mounted"} {
		must(t, os.Mkdir(name, 0o755))
	}
	must(t, os.WriteFile("file", nil, 0o600))
	must(t, os.Symlink("target", "link"))
	must(t, os.Symlink("nowhere", "dangling"))
	must(t, unix.Mount("tmpfs", "mounted", "tmpfs", 0, ""))
	defer func() { must(t, unix.Unmount(filepath.Join(dir, "mounted"), unix.MNT_DETACH)) }()
	for where, want := range map[string]string{
		"full": "full: directory not empty", "file": "file: not a directory", "/": "/: directory not empty",
		"dangling": "no such file or directory", "no/such": "no: no such file or directory", "file/x": "not a directory",
		"mounted": "mounted: is a mount point", "": "directory not empty", "..": "directory not empty",
	} {
		before, _ := os.ReadDir(".")
		_, err := run(t, where, file("a", "x"))
		wants(t, err, want)
		if after, _ := os.ReadDir("."); len(after) != len(before) {
			t.Errorf("%q: there is %v", where, after)
		}
	}
	for _, where := range []string{"empty", "new", "link", "mounted/below", "slash/", filepath.Join(dir, "absolute")} {
		result, err := run(t, where, file("a", "x"))
		if err != nil || !filepath.IsAbs(result.Path) {
			t.Errorf("%s: %+v, %v", where, result, err)
		}
		if text, err := os.ReadFile(filepath.Join(where, "a")); string(text) != "x" {
			t.Errorf("%s: %q, %v", where, text, err)
		}
	}
	must(t, os.Chdir("here"))
	if _, err := run(t, ".", file("a", "x")); err != nil {
		t.Errorf("the working directory: %v", err)
	}
	must(t, os.Chdir(dir))
}

// What a killed run has left is removed, whatever is in it. What is another
// user's, or no folder, is left alone.
func TestLeft(t *testing.T) {
	dir := t.TempDir()
	root, beside := filepath.Join(dir, "root"), filepath.Join(dir, ".root.unpack")
	must(t, os.MkdirAll(filepath.Join(beside, "a/b/.1/c"), 0o755))
	must(t, os.Symlink("/etc", filepath.Join(beside, "a/etc")))
	must(t, os.WriteFile(filepath.Join(beside, "a/b/file"), nil, 0))
	_, err := run(t, root, file("new", "x"))
	must(t, err)
	if content, err := os.ReadDir(root); len(content) != 1 || content[0].Name() != "new" {
		t.Errorf("%v, %v", content, err)
	}
	for name, c := range map[string]struct {
		make func() error
		want string
	}{
		"a link":         {func() error { return os.Symlink("/etc", beside) }, "not a directory"},
		"a file":         {func() error { return os.WriteFile(beside, nil, 0o600) }, "not a directory"},
		"another user's": {func() error { return errors.Join(os.Mkdir(beside, 0o700), os.Chown(beside, 65534, 0)) }, "another user's"},
		"one that is busy": {func() error {
			fd, err := unix.Open(dir, unix.O_RDONLY, 0)
			return errors.Join(err, os.Mkdir(beside, 0o700), unix.Close(fd), hold(t, beside))
		}, "another mc-rootfs unpack is at work"},
	} {
		must(t, c.make())
		_, err := run(t, filepath.Join(dir, "other")+"/../root2", file("a", "x"))
		must(t, err)
		must(t, os.RemoveAll(filepath.Join(dir, "root2")))
		must(t, os.Rename(root, root+".away"))
		_, err = run(t, root, file("a", "x"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, os.Rename(root+".away", root))
		if _, err := os.Lstat(beside); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		must(t, os.Remove(beside))
	}
}

// hold takes the lock on a folder until the test's end.
func hold(t *testing.T, path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t.Cleanup(func() { unix.Close(fd) })
	return unix.Flock(fd, unix.LOCK_EX)
}

// The steps say themselves as a shell's commands, and undone they leave what
// there was.
func TestUndo(t *testing.T) {
	for _, had := range []bool{false, true} {
		t.Chdir(t.TempDir())
		must(t, os.WriteFile("t.tar", stream(t, file("a", "x")), 0o600))
		if had {
			must(t, os.Mkdir("root", 0o755))
		}
		plan, _, err := Plan(Spec{Tarball: "t.tar", Dir: "root"})
		must(t, err)
		said := ""
		must(t, plan.Run(func(say string, _ bool) func(error) { said += say + "\n"; return func(error) {} }))
		want := "mkdir -m 0700 .root.unpack\n" +
			"tar --extract --numeric-owner --preserve-permissions --xattrs --file t.tar --directory .root.unpack\n" +
			"mv --no-target-directory .root.unpack root\n"
		if said != want {
			t.Errorf("said\n%s", said)
		}
		for i := len(plan) - 1; i >= 0; i-- {
			must(t, plan[i].Undo())
		}
		if content, err := os.ReadDir("."); (len(content) == 2) != had {
			t.Errorf("there is %v, %v", content, err)
		}
	}
}

// A full disk, and a limit on the size of files, are errors that name the
// member, and nothing is left.
func TestFull(t *testing.T) {
	testenv.Isolate(t)
	dir := t.TempDir()
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m,nr_inodes=20"))
	defer func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) }()
	var many []entry
	for i := range 30 {
		many = append(many, folderOf(strings.Repeat("x", i+1), 0o755))
	}
	for want, members := range map[string][]entry{
		"member big: no space": {file("a", "x"), file("big", strings.Repeat("x", 2<<20))},
		"xxxxx: no space":      many,
	} {
		_, err := run(t, filepath.Join(dir, "root"), members...)
		wants(t, err, want)
		if left, err := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: there is %v, %v", want, left, err)
		}
	}
	_, err := run(t, filepath.Join(dir, "root"), file("a", "x"))
	must(t, err)
}
