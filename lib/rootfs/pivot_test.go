package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// full is a spec with every kind of step in it.
func full(t *testing.T) Spec {
	t.Helper()
	source := t.TempDir()
	must(t, os.WriteFile(filepath.Join(source, "f"), []byte("shared\n"), 0o644))
	return Spec{
		Root: makeRoot(t),
		Binds: []Bind{
			{Source: source, Target: "/var/shared", ReadOnly: true},
			{Source: filepath.Join(source, "f"), Target: "/new/file"},
			{Source: source, Target: "/mem/inner"},
		},
		Tmpfs:    []Tmpfs{{Target: "/mem", Data: []string{"size=1m"}}},
		ReadOnly: true,
		Workdir:  "/var/shared",
		Hosts:    []Host{{Name: "db", Address: netip.MustParseAddr("10.0.0.9")}},
		DNS:      []Server{{netip.MustParseAddr("10.0.0.1")}},
	}
}

// broken is a step that fails.
type broken struct{ step.Final }

var errBroken = errors.New("broken")

func (broken) Do() error   { return errBroken }
func (broken) Say() string { return "false" }

// Whichever step fails, the mounts, the folder, the umask and the working
// directory are as before.
func TestRollBack(t *testing.T) {
	spec := full(t)
	inNamespace(t, func() error {
		count := 1
		for n := 0; n < count; n++ {
			plan, err := Pivot(spec)
			if err != nil {
				return err
			}
			count = len(plan)
			before, err := state(spec.Root)
			if err != nil {
				return err
			}
			if n == count-1 {
				break // after the pivot there is no way back
			}
			plan[n] = broken{}
			if err := plan.Run(step.Silent); !errors.Is(err, errBroken) || strings.Contains(err.Error(), "undoing") {
				return fmt.Errorf("step %d of %d: %w", n, count, err)
			}
			if after, err := state(spec.Root); err != nil || after != before {
				return fmt.Errorf("step %d of %d left (%w):\n%s\nbefore:\n%s", n, count, err, after, before)
			}
		}
		if count < 40 {
			return fmt.Errorf("only %d steps: is this the full plan?", count)
		}
		return nil
	})
}

func state(root string) (string, error) {
	mask := unix.Umask(0)
	unix.Umask(mask)
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	table, err := mountTable()
	if err != nil {
		return "", err
	}
	tree, err := snapshot(root)
	return fmt.Sprintf("%o %s\n%s\n%s", mask, folder, table, tree), err
}

// A step that fails by itself leaves nothing either: the folder is in the way.
func TestFailingStep(t *testing.T) {
	spec := full(t)
	spec.Binds = []Bind{{Source: "/etc/hostname", Target: "/dev/shm"}} // seen only when /dev/shm is there
	spec.Workdir = ""
	inNamespace(t, func() error {
		plan, err := Pivot(spec)
		if err != nil {
			return err
		}
		before, err := state(spec.Root)
		if err != nil {
			return err
		}
		if err := plan.Run(step.Silent); err == nil || strings.Contains(err.Error(), "undoing") {
			return fmt.Errorf("a file over the folder /dev/shm: %w", err)
		}
		if after, err := state(spec.Root); err != nil || after != before {
			return fmt.Errorf("left (%w):\n%s\nbefore:\n%s", err, after, before)
		}
		return nil
	})
}

// Many start in one folder at once, and some of them fail and remove what they
// made: that takes nothing from the others.
func TestOneFolder(t *testing.T) {
	root := makeRoot(t)
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			inNamespace(t, func() error {
				plan, err := Pivot(Spec{Root: root, Tmpfs: []Tmpfs{{Target: "/a/b/c"}}})
				if err != nil {
					return err
				}
				if i%2 == 0 {
					plan[len(plan)-2] = broken{} // in the place of the pivot
				}
				if err := plan.Run(step.Silent); i%2 == 0 {
					if !errors.Is(err, errBroken) || strings.Contains(err.Error(), "undoing") {
						return err
					}
					return nil
				} else if err != nil {
					return err
				}
				time.Sleep(50 * time.Millisecond) // the others start and fail
				for _, file := range []string{"/proc/self/stat", "/dev/pts/ptmx", "/sys/kernel", "/etc/hostname"} {
					if _, err := os.Stat(file); err != nil {
						return err
					}
				}
				table, err := mountTable()
				if !strings.Contains(table, " /a/b/c ") {
					return fmt.Errorf("the tmpfs is gone (%w):\n%s", err, table)
				}
				return err
			})
		})
	}
	all.Wait()
}

// What is beneath another bind comes from there, not from the root.
func TestBindInBind(t *testing.T) {
	spec := full(t)
	outer := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outer, "deep"), []byte("outer\n"), 0o644))
	spec.Binds = []Bind{{Source: outer, Target: "/data"}, {Source: filepath.Join(spec.Root, "etc/hosts"), Target: "/data/deep"}}
	spec.Workdir = "/data"
	inNamespace(t, func() error {
		plan, err := Pivot(spec)
		if err != nil {
			return err
		}
		if err := plan.Run(step.Silent); err != nil {
			return err
		}
		if text, err := os.ReadFile("deep"); err != nil || string(text) != "the root's own\n" {
			return fmt.Errorf("%q: %w", text, err)
		}
		return nil
	})
}

// After the pivot / is the folder, nothing of the host can be reached, and the
// caller's umask has changed no mode but is the caller's again.
func TestPivot(t *testing.T) {
	spec := full(t)
	spec.ReadOnly = false
	inNamespace(t, func() error {
		unix.Umask(0o077)
		plan, err := Pivot(spec)
		if err != nil {
			return err
		}
		if err := plan.Run(step.Silent); err != nil {
			return err
		}
		return errors.Join(inside(), nodesInside(), masksInside(), rootIsOnly())
	})
	if _, err := os.Stat(filepath.Join(spec.Root, "proc/self")); err == nil {
		t.Error("the mounts came up outside of the namespace")
	}
	if text, err := os.ReadFile(filepath.Join(spec.Root, "etc/hosts")); err != nil || string(text) != "the root's own\n" {
		t.Errorf("the root's /etc/hosts: %q, %v", text, err)
	}
}

func inside() error {
	var all error
	if mask := unix.Umask(0); mask != 0o077 {
		all = errors.Join(all, fmt.Errorf("umask %o", mask))
	}
	if folder, err := unix.Getwd(); err != nil || folder != "/var/shared" {
		all = errors.Join(all, fmt.Errorf("working directory %s: %w", folder, err))
	}
	for file, want := range map[string]string{
		"/data/file": "data\n", "/var/shared/f": "shared\n", "/new/file": "shared\n", "f": "shared\n",
		"/mem/inner/f": "shared\n", "/etc/resolv.conf": "nameserver 10.0.0.1\n",
	} {
		if text, err := os.ReadFile(file); err != nil || string(text) != want {
			all = errors.Join(all, fmt.Errorf("%s: %q, %w", file, text, err))
		}
	}
	if text, err := os.ReadFile("/etc/hosts"); err != nil || !bytes.Contains(text, []byte("10.0.0.9\tdb\n")) {
		all = errors.Join(all, fmt.Errorf("/etc/hosts: %q, %w", text, err))
	}
	if err := os.WriteFile("/var/shared/x", nil, 0o644); !errors.Is(err, unix.EROFS) {
		all = errors.Join(all, fmt.Errorf("write to the read-only bind: %w", err))
	}
	for file, want := range map[string]os.FileMode{
		"/proc": 0o555, "/tmp": 0o777 | os.ModeSticky, "/dev": 0o755, "/dev/shm": 0o777 | os.ModeSticky,
		"/new": 0o755, "/var": 0o755, "/etc/hosts": 0o644, "/etc/hostname": 0o644,
	} {
		info, err := os.Stat(file)
		if err != nil || info.Mode()&^os.ModeDir != want {
			all = errors.Join(all, fmt.Errorf("%s: %v, want %v: %w", file, info.Mode(), want, err))
		}
	}
	return all
}

func nodesInside() error {
	var all error
	for _, n := range nodes {
		var st unix.Stat_t
		err := unix.Stat("/dev/"+n.name, &st)
		if err != nil || st.Mode != unix.S_IFCHR|0o666 || st.Rdev != unix.Mkdev(n.major, n.minor) {
			all = errors.Join(all, fmt.Errorf("/dev/%s: mode %o, device %d:%d: %w", n.name, st.Mode, unix.Major(st.Rdev), unix.Minor(st.Rdev), err))
		}
	}
	for _, l := range links {
		if text, err := os.Readlink("/dev/" + l.name); err != nil || text != l.text {
			all = errors.Join(all, fmt.Errorf("/dev/%s: %s: %w", l.name, text, err))
		}
	}
	// A terminal of the new devpts can be had.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return errors.Join(all, fmt.Errorf("/dev/ptmx: %w", err))
	}
	defer unix.Close(fd)
	if n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN); err != nil || n != 0 {
		all = errors.Join(all, fmt.Errorf("the first terminal has the number %d: %w", n, err))
	}
	return all
}

func masksInside() error {
	var all error
	seen := 0
	for _, m := range masked {
		var st unix.Stat_t
		if unix.Stat(m.path, &st) != nil {
			continue // this kernel has it not
		}
		seen++
		if m.folder {
			if entries, err := os.ReadDir(m.path); err != nil || len(entries) > 0 {
				all = errors.Join(all, fmt.Errorf("%s: %d entries: %w", m.path, len(entries), err))
			}
		} else if st.Rdev != unix.Mkdev(1, 3) {
			all = errors.Join(all, fmt.Errorf("%s: is not masked", m.path))
		}
	}
	if seen == 0 {
		all = errors.Join(all, errors.New("this kernel has nothing to mask: the test shows nothing"))
	}
	for _, path := range append([]string{"/sys"}, protected...) {
		var st unix.Statfs_t
		if err := unix.Statfs(path, &st); err == nil && st.Flags&unix.ST_RDONLY == 0 {
			all = errors.Join(all, fmt.Errorf("%s: is not read-only", path))
		}
	}
	// Opened only: should the protection fail, the host's must not change.
	f, err := os.OpenFile("/proc/sys/kernel/core_pattern", os.O_WRONLY, 0)
	if err == nil {
		f.Close()
	}
	if !errors.Is(err, unix.EROFS) {
		all = errors.Join(all, fmt.Errorf("open core_pattern to write: %w", err))
	}
	return all
}

// rootIsOnly looks for mounts that are not beneath the new root: there must be
// no way back.
func rootIsOnly() error {
	table, err := mountTable()
	if err != nil {
		return err
	}
	all, err := mounts()
	if err != nil {
		return err
	}
	at := func(m mounted) bool { return m.point == "/" }
	if i := slices.IndexFunc(all, at); i < 0 || slices.ContainsFunc(all[i+1:], at) {
		return fmt.Errorf("not one root:\n%s", table)
	}
	if len(all) > 40 {
		return fmt.Errorf("the host's mounts are still here:\n%s", table)
	}
	return nil
}

// A read-only root is so with the mounts that it had before; what the caller
// put into it is not.
func TestReadOnly(t *testing.T) {
	spec := full(t)
	spec.Workdir = ""
	inNamespace(t, func() error {
		for _, folder := range []string{"data/deep", "bin"} {
			if err := unix.Mount("own", filepath.Join(spec.Root, folder), "tmpfs", 0, ""); err != nil {
				return err
			}
		}
		source := spec.Binds[0].Source
		if err := os.Mkdir(filepath.Join(source, "sub"), 0o755); err != nil {
			return err
		}
		if err := unix.Mount("own", filepath.Join(source, "sub"), "tmpfs", 0, ""); err != nil {
			return err
		}
		spec.Binds = append(spec.Binds, Bind{Source: source, Target: "/bin"})
		plan, err := Pivot(spec)
		if err != nil {
			return err
		}
		if err := plan.Run(step.Silent); err != nil {
			return err
		}
		var all error
		for file, writable := range map[string]bool{
			"/x": false, "/data/x": false, "/data/deep/x": false, "/etc/hosts": false, "/var/shared/x": false, "/var/shared/sub/x": false,
			"/bin/x": true, "/bin/sub/x": true, "/tmp/x": true, "/run/x": true, "/dev/shm/x": true, "/mem/x": true, "/mem/inner/y": true,
		} {
			if err := os.WriteFile(file, nil, 0o644); writable && err != nil || !writable && !errors.Is(err, unix.EROFS) {
				all = errors.Join(all, fmt.Errorf("write to %s: %w", file, err))
			}
		}
		return all
	})
}

// A mount of the host that is not private does not make ours come up there.
func TestShared(t *testing.T) {
	root := makeRoot(t)
	inNamespace(t, func() error {
		// Beneath the root, so that it is still there to be seen afterwards.
		if err := unix.Mount("own", filepath.Join(root, "data"), "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
			return err
		}
		plan, err := Pivot(Spec{Root: root})
		if err != nil {
			return err
		}
		if err := plan.Run(step.Silent); err != nil {
			return err
		}
		table, err := mountTable()
		if strings.Contains(table, "shared:") {
			return fmt.Errorf("shared mounts are left (%w):\n%s", err, table)
		}
		return err
	})
}

func TestRefusals(t *testing.T) {
	root := makeRoot(t)
	file := filepath.Join(root, "data/file")
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"no root":           {Spec{Root: "nowhere"}, "nowhere: no such file"},
		"root is a file":    {Spec{Root: file}, "not a directory"},
		"no source":         {Spec{Root: root, Binds: []Bind{{Source: "nowhere", Target: "/x"}}}, "nowhere: cannot be bound"},
		"file over folder":  {Spec{Root: root, Binds: []Bind{{Source: file, Target: "/etc"}}}, "a folder inside"},
		"folder over file":  {Spec{Root: root, Binds: []Bind{{Source: root, Target: "/data/file"}}}, "a file inside"},
		"two of one":        {Spec{Root: root, Binds: []Bind{{Source: root, Target: "/x"}}, Tmpfs: []Tmpfs{{Target: "/x"}}}, "two mounts"},
		"tmpfs over file":   {Spec{Root: root, Tmpfs: []Tmpfs{{Target: "/etc/hosts"}}}, "a file inside"},
		"tmpfs option":      {Spec{Root: root, Tmpfs: []Tmpfs{{Target: "/x", Data: []string{"size=many"}}}}, "size=many"},
		"no workdir":        {Spec{Root: root, Workdir: "/nowhere"}, "/nowhere: no such"},
		"relative workdir":  {Spec{Root: root, Workdir: "etc"}, "absolute"},
		"workdir is a file": {Spec{Root: root, Workdir: "/etc/hosts"}, "not a directory"},
		"no workdir in a bind": {Spec{Root: root, Workdir: "/x/nowhere", Binds: []Bind{{Source: root, Target: "/x"}}},
			"/x/nowhere: no such"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := snapshot(root)
			must(t, err)
			inNamespace(t, func() error {
				if _, err := Pivot(c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
					return fmt.Errorf("%q, want %q", fmt.Sprint(err), c.want)
				}
				return nil
			})
			if after, err := snapshot(root); err != nil || after != before {
				t.Errorf("changed (%v):\n%s", err, after)
			}
		})
	}
}

// The host's own namespace is refused before anything else is looked at.
func TestHostNamespace(t *testing.T) {
	own, err := os.Readlink("/proc/thread-self/ns/mnt")
	must(t, err)
	host, err := os.Readlink("/proc/1/ns/mnt")
	if err == nil && own != host {
		t.Log("the tests run in a namespace of their own: only that it is no host's is shown")
		if err := ownNamespace("x"); err != nil {
			t.Error(err)
		}
		return
	}
	if _, err := Pivot(Spec{Root: "nowhere"}); err == nil || !strings.Contains(err.Error(), "nowhere: this is the host's own mount namespace") {
		t.Errorf("%v", err)
	}
}
