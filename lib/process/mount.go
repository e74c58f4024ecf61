package process

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// Mount is a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type Mount struct {
	Point       string   `json:"point"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Flags       []string `json:"flags"`       // ro or rw, nosuid, nodev, noexec, …
	Propagation string   `json:"propagation"` // private, or shared:N, master:N
	IDMapped    bool     `json:"id_mapped"`
}

// telling are the mount points that say what a container is like.
var telling = []string{"/", "/proc", "/proc/sys", "/proc/kcore", "/sys", "/sys/fs/cgroup", "/dev", "/dev/shm", "/tmp", "/run", "/etc/hosts"}

func mounts(f *folder) []Mount {
	text, ok := f.read("mountinfo")
	if !ok {
		return nil
	}
	all, err := mountinfo.GetMountsFromReader(strings.NewReader(text), func(m *mountinfo.Info) (skip, stop bool) {
		return !slices.Contains(telling, m.Mountpoint), false
	})
	if err != nil {
		return nil // none of the kernel's
	}
	seen := []Mount{}
	for _, m := range all {
		// The last one over a point is the one that is seen.
		seen = append(slices.DeleteFunc(seen, func(other Mount) bool { return other.Point == m.Mountpoint }), shown(m))
	}
	return seen
}

func shown(m *mountinfo.Info) Mount {
	flags := strings.Split(m.Options, ",")
	return Mount{
		Point: m.Mountpoint, Type: m.FSType, Source: m.Source, Flags: flags,
		Propagation: cmp.Or(m.Optional, "private"), IDMapped: slices.Contains(flags, "idmapped"),
	}
}
