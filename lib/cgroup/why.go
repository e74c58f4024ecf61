package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// whyFolder says why a group's folder cannot be made.
func whyFolder(path string, err error) error {
	cause := step.Cause(err)
	switch {
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("the hierarchy is mounted read-only here: %w", cause)
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("cgroup.max.descendants or cgroup.max.depth of a group above is reached: %w", cause)
	}
	return denied(cause)
}

// Missing is the error of a group that is not there.
func (g *Group) Missing() error {
	return fmt.Errorf("%s: no such group (%s)", g.Name, g.Path())
}

// denied adds the way out to a refusal that root would not have met.
func denied(err error) error {
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return fmt.Errorf("needs root, or a group that is delegated to you (--parent): %w", err)
	}
	return err
}

// threaded are the controllers that a group may pass on although it has
// processes itself (cgroups(7), "Threaded controllers").
var threaded = []string{"cpu", "cpuset", "perf_event", "pids"}

// takesProcesses looks whether the kernel would let a process join the group:
// said now, and not by a bare EBUSY at the end of the chain.
func takesProcesses(folder string) error {
	for _, c := range strings.Fields(read(folder, "cgroup.subtree_control")) {
		if !slices.Contains(threaded, c) {
			return fmt.Errorf("takes no processes itself while it passes %s on to the groups below it (%s): use one of those: %w",
				c, strings.Join(below(folder), ", "), unix.EBUSY)
		}
	}
	return nil
}

// below names the groups in a group.
func below(folder string) []string {
	var names []string
	entries, _ := os.ReadDir(folder) // a list for a hint: what cannot be read is not in it
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// errUnmounted is the error of a host without a v2 tree. Where cgroup v1 is in
// the usual place, one that is mounted over it would hide all of it.
func (h *Host) errUnmounted() error {
	point := "/sys/fs/cgroup"
	if len(h.v1) > 0 {
		point = "/sys/fs/cgroup/unified"
	}
	return fmt.Errorf("cgroup2: is not mounted here: mount --mkdir -t cgroup2 cgroup2 %s (what 'ip netns exec' starts does not see it: put mc-cgroup exec before that)", point)
}

// whyEnable says why a group cannot pass a controller on.
func whyEnable(group, controller string, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		// The "no internal processes" rule of cgroups(7): a group that passes
		// controllers on may have no members itself.
		if members := describe(group); members != "" {
			return fmt.Errorf("%s: cannot pass %s on while it has processes itself (%s): move them into a group below it, or choose another --parent: %w",
				group, controller, members, err)
		}
	case errors.Is(err, unix.ENOENT):
		if has := strings.Fields(read(group, "cgroup.controllers")); !slices.Contains(has, controller) {
			return fmt.Errorf("%s: has no controller %s to pass on: the group above it does not hand it down: %w", group, controller, err)
		}
	}
	return fmt.Errorf("%s: pass %s on: %w", group, controller, err)
}

// errNowhere is the error of a limit whose controller this host has not.
func (h *Host) errNowhere(controller string) error {
	if at := h.other[controller]; at != "" {
		return fmt.Errorf("controller %s: is on cgroup v1 here (%s), where the groups of mc-cgroup are not: boot with cgroup_no_v1=all to have it on cgroup v2", controller, at)
	}
	return fmt.Errorf("controller %s: neither in %s/cgroup.controllers nor mounted on cgroup v1: the kernel was built or booted without it (cgroup_disable=, cgroup_enable=%s), or the group that holds this system does not hand it down",
		controller, filepath.Join(h.unified, h.base), controller)
}

// describe lists the members of a group as "PID COMMAND, …".
func describe(group string) string {
	var members []string
	for _, pid := range strings.Fields(read(group, "cgroup.procs")) {
		if len(members) == 5 {
			members = append(members, "…")
			break
		}
		members = append(members, pid+" "+read("/proc/"+pid, "comm"))
	}
	return strings.Join(members, ", ")
}

// whyWrite says why a limit could not be written.
func whyWrite(path, text string, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: more than that is in use, and cannot be pushed out", err)
	case errors.Is(err, unix.ENOENT):
		if _, gone := os.Stat(filepath.Dir(path)); gone == nil {
			return fmt.Errorf("%w: this kernel has no such file", err)
		}
	case errors.Is(err, unix.EINVAL) && filepath.Base(path) == quotaFile:
		return whyQuota(filepath.Dir(path), text, err)
	case errors.Is(err, unix.EINVAL) && slices.Contains(burstFiles, filepath.Base(path)):
		return fmt.Errorf("%w: a burst is no longer than the quota of cpu.max", err)
	case errors.Is(err, unix.ERANGE), errors.Is(err, unix.EINVAL):
		if has := read(filepath.Dir(path), filepath.Base(path)+".effective"); has != "" {
			return fmt.Errorf("%w: there are %s", err, has)
		}
	}
	return denied(err)
}

// whyUnread says why the value of before, to which a set that fails goes back,
// cannot be known.
func whyUnread(path string, err error) error {
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: it takes an order, and holds no value to go back to", err)
	}
	return err
}

// burstFiles are that of v2 and that of v1.
var burstFiles = []string{"cpu.max.burst", "cpu.cfs_burst_us"}

// whyQuota looks for the group that a quota of processor time disagrees with:
// on cgroup v1 none may have more than one above it (sched-bwc.txt).
func whyQuota(folder, quota string, err error) error {
	wanted := quota + " " + read(folder, "cpu.cfs_period_us")
	for above := filepath.Dir(folder); read(above, quotaFile) != ""; above = filepath.Dir(above) {
		if its := readCPU(&files{}, above); less(its, wanted) {
			return fmt.Errorf("%w: %s above it has no more than %s", err, above, its)
		}
	}
	for _, name := range below(folder) {
		if its := readCPU(&files{}, filepath.Join(folder, name)); less(wanted, its) && !strings.HasPrefix(its, unlimited) {
			return fmt.Errorf("%w: %s below it has %s", err, name, its)
		}
	}
	return err
}
