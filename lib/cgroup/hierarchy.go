// Package cgroup makes, fills, limits, shows and removes control groups: in
// the cgroup v2 tree, and on a hybrid host in each v1 hierarchy that still
// holds a controller that v2 lacks (cgroups(7)).
package cgroup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// controllers are those that a group of ours has.
var controllers = []string{"memory", "pids", "cpu"}

// further are controllers that a group gets by its limits only, by their names
// on cgroup v1.
var further = map[string]string{"blkio": "io", "cpuset": "cpuset", "hugetlb": "hugetlb"}

// Host is where this host keeps its controllers.
type Host struct {
	unified string            // mount point of the v2 tree
	v2      []string          // the controllers that are in it
	v1      map[string]string // mount point of the v1 hierarchy, by controller

	other map[string]string // mount point of v1 hierarchies in which a group of ours has no folder, by controller

	from map[string]string // the part of its hierarchy that a mount point shows, where that is not all
	base string            // from where on the v2 tree is the caller's, below its mount point
}

// Find looks the mounted hierarchies up in /proc/self/mountinfo
// (proc_pid_mountinfo(5)). Without a v2 tree there is nothing to work in.
func Find() (*Host, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := &Host{v1: map[string]string{}, other: map[string]string{}, from: map[string]string{}}
	if err := h.read(f); err != nil {
		return nil, err
	}
	if h.unified == "" {
		return nil, h.errUnmounted()
	}
	available, err := os.ReadFile(filepath.Join(h.unified, "cgroup.controllers"))
	if err != nil {
		return nil, fmt.Errorf("cgroup2: %w", err)
	}
	h.v2 = strings.Fields(string(available))
	return h, nil
}

// read takes the lines of mountinfo. A host with many containers has many, and
// a few that matter.
func (h *Host) read(text io.Reader) error {
	var few bytes.Buffer
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if bytes.Contains(lines.Bytes(), []byte(" - cgroup")) {
			few.Write(append(lines.Bytes(), '\n'))
		}
	}
	all, err := mountinfo.GetMountsFromReader(&few, nil)
	for _, m := range all {
		h.take(m)
	}
	return errors.Join(lines.Err(), err)
}

// take takes a hierarchy, or the part of it that is mounted there, as in a
// container without a cgroup namespace.
func (h *Host) take(m *mountinfo.Info) {
	part := func() {
		delete(h.from, m.Mountpoint) // what is mounted later covers what was there
		if m.Root != "/" {
			h.from[m.Mountpoint] = m.Root
		}
	}
	switch m.FSType {
	case "cgroup2":
		if h.unified == "" || h.unified == m.Mountpoint {
			h.unified = m.Mountpoint
			part()
		}
	case "cgroup":
		for option := range strings.SplitSeq(m.VFSOptions, ",") {
			if slices.Contains(controllers, option) && (h.v1[option] == "" || h.v1[option] == m.Mountpoint) {
				h.v1[option] = m.Mountpoint
				part()
			}
			if further[option] != "" {
				h.other[further[option]] = m.Mountpoint
			}
		}
	}
}

// core begins the files that a group of the v2 tree has without a controller.
const core = "cgroup"

// on tells in which hierarchy the controller lives; "" is nowhere.
func (h *Host) on(controller string) (root string, isV2 bool) {
	if controller == core || slices.Contains(h.v2, controller) {
		return h.unified, true
	}
	return h.v1[controller], false
}

// roots are the mount points in which a group has a folder: that of the v2
// tree first, for it alone has cgroup.kill and cgroup.events.
func (h *Host) roots() []string {
	roots := []string{h.unified}
	for _, c := range controllers {
		if root, _ := h.on(c); root != "" && !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots
}
