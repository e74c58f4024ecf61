package cgroup

import (
	"errors"
	"fmt"
	"os"
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
	case errors.Is(err, unix.EACCES) && os.Geteuid() != 0:
		return fmt.Errorf("needs root, or a group that is delegated to you (--parent): %w", cause)
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("cgroup.max.descendants or cgroup.max.depth of a group above is reached: %w", cause)
	}
	return cause
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
	return fmt.Errorf("controller %s: neither in %s/cgroup.controllers nor mounted on cgroup v1: the kernel was built or booted without it (cgroup_disable=, cgroup_enable=%s), or the group that holds this system does not hand it down",
		controller, h.unified, controller)
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
func whyWrite(path string, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: more than that is in use, and cannot be pushed out", err)
	case errors.Is(err, unix.ENOENT):
		if _, gone := os.Stat(path[:strings.LastIndexByte(path, '/')]); gone == nil {
			return fmt.Errorf("%w: this kernel has no such file", err)
		}
	}
	return err
}
