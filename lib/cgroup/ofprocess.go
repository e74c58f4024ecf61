package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mini-container/lib/name"
)

// OfProcess is the group in which a process is, whoever has made it. On a hybrid
// host it has a folder in each hierarchy, and these may be different groups. A
// hierarchy in whose root the process is has no limits for it, and no folder.
func OfProcess(pid int, parent string) (*Group, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	folders, err := host.foldersOf(strconv.Itoa(pid))
	if err != nil {
		return nil, err
	}
	g := &Group{host: host, Parent: parent, at: map[string]string{}, pid: pid}
	for _, root := range host.roots() {
		if folder := folders[root]; folder != root && folder != "" {
			g.at[root] = folder
			if g.Name == "" {
				g.Name = name.Path(strings.TrimPrefix(folder, root+"/"))
			}
		}
	}
	if g.Name == "" {
		return nil, fmt.Errorf("%d: is in the root group, which has no limits: only what the machine has bounds it", pid)
	}
	if g.isOurs() {
		return Open(name.Path(strings.TrimPrefix(string(g.Name), parent+"/")), parent)
	}
	return g, nil
}

// isOurs tells that the folders are those of one group below the parent.
func (g *Group) isOurs() bool {
	below, is := strings.CutPrefix(string(g.Name), g.Parent+"/")
	if !is || new(name.Path).UnmarshalText([]byte(below)) != nil {
		return false
	}
	for _, root := range g.host.roots() {
		if g.at[root] != filepath.Join(root, string(g.Name)) {
			return false
		}
	}
	return true
}

// first is the folder in the first hierarchy in which there is one.
func (g *Group) first() string {
	for _, root := range g.host.roots() {
		if g.at[root] != "" {
			return g.at[root]
		}
	}
	return ""
}

// legacyOf are the groups of the process in hierarchies of v1 in which ours have
// no folder, as CONTROLLERS:PATH.
func (h *Host) legacyOf(pid int) (others []string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] == "" || parts[2] == "/" {
			continue
		}
		ours := func(c string) bool { return h.v1[c] != "" }
		if !slices.ContainsFunc(strings.Split(parts[1], ","), ours) {
			others = append(others, parts[1]+":"+parts[2])
		}
	}
	return others, err
}
