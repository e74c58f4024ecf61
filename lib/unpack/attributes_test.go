package unpack

import (
	"archive/tar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// capability is security.capability of cap_net_bind_service, in the form of
// capabilities(7), version 2.
const capability = "\x01\x00\x00\x02\x00\x04\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00"

func withXattrs(e entry, pairs ...string) entry {
	e.PAXRecords = map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		e.PAXRecords["SCHILY.xattr."+pairs[i]] = pairs[i+1]
	}
	return e
}

// Attributes of users, and capabilities, come along also on what is read-only;
// what belongs to the host's security does not, and is counted.
func TestXattrs(t *testing.T) {
	y := newYard(t)
	owned := withXattrs(file("capable", "x"), "user.note", "a\x01b", "security.capability", capability)
	owned.Uid, owned.Gid, owned.Mode = 1000, 1000, 0o4444
	result, err := y.unpack(stream(t,
		owned, withXattrs(folderOf("folder", 0o500), "user.note", "of a folder"),
		withXattrs(file("bad", "x"), "security.selinux", "x", "trusted.overlay.redirect", "/", "user.overlay.opaque", "y", "security.ima", "x", "userx", "y"),
		withXattrs(soft("link", "capable"), "user.note", "not for a link"),
	))
	if err != nil || result.Xattrs != 6 {
		t.Fatalf("%+v, %v", result, err)
	}
	for at, want := range map[string]string{
		"capable user.note": "a\x01b", "capable security.capability": capability, "folder user.note": "of a folder",
	} {
		path, name, _ := strings.Cut(at, " ")
		buf := make([]byte, 100)
		n, err := unix.Lgetxattr(y.root(path), name, buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("%s: %q, %v", at, buf[:max(n, 0)], err)
		}
	}
	if n, err := unix.Llistxattr(y.root("bad"), nil); n != 0 {
		t.Errorf("bad has attributes: %d, %v", n, err)
	}
	_, err = newYard(t).unpack(stream(t, withXattrs(file("broken", "x"), "security.capability", "nonsense")))
	wants(t, err, "member broken: set attribute security.capability")
}

// Owners and modes are as the archive has them, the setuid bit too.
func TestModes(t *testing.T) {
	y := newYard(t)
	var members []entry
	want := map[string]uint32{}
	for _, mode := range []int64{0, 0o644, 0o4755, 0o2755, 0o6111, 0o1777, 0o7777} {
		for _, e := range []entry{file("file", "x"), folderOf("folder", 0), linkTo(tar.TypeFifo, "fifo", "")} {
			e.Name += " " + string(rune('a'+len(want)))
			e.Mode, e.Uid, e.Gid = mode, 12345, 54321
			members = append(members, e)
			want[e.Name] = uint32(mode)
		}
	}
	members = append(members, entry{tar.Header{Typeflag: tar.TypeSymlink, Name: "link", Linkname: "/etc/passwd", Uid: 7, Gid: 8}, ""})
	_, err := y.unpack(stream(t, members...))
	must(t, err)
	var st unix.Stat_t
	for name, mode := range want {
		must(t, unix.Lstat(y.root(name), &st))
		if st.Mode&0o7777 != mode || st.Uid != 12345 || st.Gid != 54321 {
			t.Errorf("%s: %o %d:%d, not %o", name, st.Mode, st.Uid, st.Gid, mode)
		}
	}
	must(t, unix.Lstat(y.root("link"), &st))
	if st.Uid != 7 || st.Gid != 8 {
		t.Errorf("link: %d:%d", st.Uid, st.Gid)
	}
}

// In a user namespace that knows one user, and for one who is not root, what
// can be is unpacked; the rest is counted, and no setuid bit is another's.
func TestUser(t *testing.T) {
	if where := os.Getenv("UNPACK_CHILD"); where != "" {
		unpackAsUser(t, where)
		return
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "unpack.test")
	own, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(program, own, 0o755))
	setuid := file("bin/setuid", "x")
	setuid.Mode, setuid.Uid, setuid.Gid = 0o4755, 1234, 1234
	must(t, os.WriteFile(filepath.Join(dir, "tar"), stream(t, folderOf("closed", 0o500), file("closed/file", "x"), setuid, file("../no", "")), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "good"), stream(t, folderOf("closed", 0o500), file("closed/file", "x"), folderOf("none", 0), folderOf("none/in", 0o755), file("none/in/file", "x"), setuid), 0o644))
	must(t, os.Chmod(dir, 0o777))
	for name, as := range map[string][]string{
		"user":      {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"},
		"namespace": {"unshare", "--user", "--map-root-user"},
	} {
		words := append(as, program, "-test.run", "^TestUser$")
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "UNPACK_CHILD="+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		must(t, os.RemoveAll(filepath.Join(dir, name)))
	}
}

// unpackAsUser is what the test does as another user.
func unpackAsUser(t *testing.T, dir string) {
	for tarball, good := range map[string]bool{"good": true, "tar": false} {
		where := dir + tarball
		plan, result, err := Plan(Spec{Tarball: tarball, Dir: where})
		must(t, err)
		err = plan.Run(step.Silent)
		if good {
			must(t, err)
			info, err := os.Stat(filepath.Join(where, "bin/setuid"))
			must(t, err)
			if info.Mode() != 0o755 || result.Owners == 0 {
				t.Errorf("%v, %+v", info.Mode(), result)
			}
			must(t, plan[2].Undo())
			must(t, plan[0].Undo())
		} else {
			wants(t, err, "../no")
		}
		for _, left := range []string{where, "." + where + ".unpack"} {
			if _, err := os.Lstat(left); err == nil {
				t.Errorf("there is %s", left)
			}
		}
	}
}
