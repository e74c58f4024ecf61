package rootfs

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOwned: file systems in memory are the user namespace's root's, unless
// they say whose they are; terminals belong to its group of terminals.
func TestOwned(t *testing.T) {
	u := Users{NS: 3, First: 1000000}
	for _, c := range []struct {
		f    fileSystem
		want []string
	}{
		{fileSystem{kind: "tmpfs", data: []string{"mode=755"}}, []string{"mode=755", "uid=1000000", "gid=1000000"}},
		{fileSystem{kind: "tmpfs", data: []string{"uid=5"}}, []string{"uid=5", "gid=1000000"}},
		{fileSystem{kind: "devpts", data: []string{"newinstance", "gid=5"}}, []string{"newinstance", "gid=1000005"}},
		{fileSystem{kind: "proc"}, nil},
	} {
		if got := u.owned(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.f, got, c.want)
		}
		if got := (Users{}).owned(c.f); !slices.Equal(got, c.f.data) {
			t.Errorf("no users: %q", got)
		}
	}
}

// TestAct makes a folder as somebody else, and is itself again.
func TestAct(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	parent := t.TempDir()
	must(t, os.Chmod(parent, 0o777))
	fd, err := unix.Open(parent, unix.O_PATH|unix.O_DIRECTORY, 0) // those above it may be shut
	must(t, err)
	defer unix.Close(fd)
	must(t, Users{NS: 3, First: 12345}.act(func() error { return unix.Mkdirat(fd, "theirs", 0o755) }))
	must(t, Users{}.act(func() error { return unix.Mkdirat(fd, "ours", 0o755) }))
	for name, want := range map[string]uint32{"theirs": 12345, "ours": 0} {
		var st unix.Stat_t
		must(t, unix.Stat(parent+"/"+name, &st))
		if st.Uid != want || st.Gid != want && want != 0 {
			t.Errorf("%s belongs to %d:%d", name, st.Uid, st.Gid)
		}
	}
}

// TestLayerText: a layer in memory and one that stays, as a shell would do it.
func TestLayerText(t *testing.T) {
	root := &tree{path: "/a root"}
	memory := (&overlay{root: root}).Say()
	if !strings.Contains(memory, "mount -t tmpfs -o mode=755 tmpfs '/a root'") || strings.Contains(memory, "index=on") {
		t.Error(memory)
	}
	stays := (&overlay{root: root, layer: Layer{Folder: "/layer"}}).Say()
	if !strings.Contains(stays, "mount --rbind /layer '/a root'") || !strings.Contains(stays, "index=on' '/a root:/layer' '/a root'") {
		t.Error(stays)
	}
}
