package privilege

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCgroupFS: it is mounted only over the empty folder of sysfs, in a root of
// one's own, on a host that has version 2 alone; and never without a namespace.
func TestCgroupFS(t *testing.T) {
	for _, c := range []struct {
		spec   Spec
		inside bool
		want   int
	}{
		{Spec{}, true, 0},
		{Spec{CgroupNS: true}, false, 1},
	} {
		if calls := c.spec.cgroupNS(c.inside); len(calls) != c.want {
			t.Errorf("%+v, inside %v: %d calls, want %d", c.spec, c.inside, len(calls), c.want)
		}
	}
	want := 1 // here somebody has mounted on the folder, if it is there at all
	if unified() && bare(cgroups) {
		want = 2
	}
	if calls := (Spec{CgroupNS: true}).cgroupNS(true); len(calls) != want {
		t.Errorf("inside: %d calls, want %d", len(calls), want)
	}
	var s unix.Statfs_t
	if err := unix.Statfs(cgroups, &s); err == nil && s.Type != unix.SYSFS_MAGIC && bare(cgroups) {
		t.Errorf("%s of type %x is bare", cgroups, s.Type)
	}
	if bare(t.TempDir()) || bare("/no/such/folder") {
		t.Error("what is no sysfs is bare")
	}
	if say := strings.Join((Spec{CgroupNS: true}).Say(), "\n"); !strings.Contains(say, "cgroup") {
		t.Errorf("says %q", say)
	}
}
