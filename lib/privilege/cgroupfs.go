package privilege

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// cgroups is where a container looks for its own group, to see its limits.
const cgroups = "/sys/fs/cgroup"

// NewCgroupNS is what the error of a cgroup namespace is about.
const NewCgroupNS = "a cgroup namespace"

// cgroupNS makes a cgroup namespace, whose root is the group that the process
// is in by then. In a root of its own the process finds that group at
// /sys/fs/cgroup, to be read only: what is mounted there is what the namespace
// shows at the time of the mount, so no earlier link can do it.
func (s Spec) cgroupNS(inside bool) raw.Calls {
	if !s.CgroupNS {
		return nil
	}
	calls := raw.Calls{raw.New(NewCgroupNS, unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP)}
	if !inside || !unified() || !bare(cgroups) {
		return calls
	}
	kind, _ := unix.BytePtrFromString("cgroup2")
	at, _ := unix.BytePtrFromString(cgroups)
	const flags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RELATIME
	mount := raw.New("mount cgroup2 on "+cgroups, unix.SYS_MOUNT, 0, 0, 0, flags)
	return append(calls, raw.Pointing(raw.Pointing(raw.Pointing(mount, 0, kind), 1, at), 2, kind))
}

// ShowsGroups tells that a command in a root of its own will find its group
// there.
func (s Spec) ShowsGroups() bool { return s.CgroupNS && unified() }

// unified tells whether version 2 is all that this host has of control groups:
// a mount of it would tell nothing of what sits on version 1.
func unified() bool {
	text, err := os.ReadFile("/proc/thread-self/cgroup")
	return err == nil && strings.HasPrefix(string(text), "0::") && strings.Count(string(text), "\n") == 1
}

// bare tells whether the folder is one of sysfs, on which nobody has mounted.
func bare(folder string) bool {
	var s unix.Statfs_t
	return unix.Statfs(folder, &s) == nil && s.Type == unix.SYSFS_MAGIC
}
