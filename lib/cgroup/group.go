package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// DefaultParent is the folder that holds the groups, below each hierarchy's
// root.
const DefaultParent = "mini-container"

// Group is a control group by name: one folder in each hierarchy that counts.
type Group struct {
	Name   name.Name
	Parent string // below the hierarchy's root, as "a/b"
	host   *Host
}

// Open gives the group of that name, whether it is there or not.
func Open(n name.Name, parent string) (*Group, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	return &Group{Name: n, Parent: parent, host: host}, nil
}

// Path is the group's folder in the v2 tree: its handle.
func (g *Group) Path() string { return g.in(g.host.unified) }

func (g *Group) in(root string) string {
	return filepath.Join(root, g.Parent, string(g.Name))
}

// folders are all folders of the group, that of the v2 tree first.
func (g *Group) folders() []string {
	var folders []string
	for _, root := range g.host.roots() {
		folders = append(folders, g.in(root))
	}
	return folders
}

// folder is the one in which the controller lives.
func (g *Group) folder(controller string) (path string, isV2 bool) {
	root, isV2 := g.host.on(controller)
	if root == "" {
		return "", false
	}
	return g.in(root), isV2
}

// Exists tells whether any folder of the group is there.
func (g *Group) Exists() bool {
	return slices.ContainsFunc(g.folders(), func(folder string) bool {
		_, err := os.Stat(folder)
		return err == nil
	})
}

// List names the groups below parent that have a folder in the v2 tree.
func List(parent string) ([]name.Name, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(host.unified, parent))
	if os.IsNotExist(err) {
		return nil, nil
	}
	var names []name.Name
	for _, e := range entries {
		var n name.Name
		if e.IsDir() && n.UnmarshalText([]byte(e.Name())) == nil {
			names = append(names, n)
		}
	}
	return names, err
}

// read gives the text of a group's file without its last newline, and "" when
// the file is not there: older kernels lack some.
func read(folder, file string) string {
	text, _ := readable(folder, file) // what is only shown may be missing
	return text
}

// readable is read for what a change depends on: a file that is there and
// cannot be read is an error.
func readable(folder, file string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, file))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(folder, file), step.Cause(err))
	}
	return strings.TrimSpace(string(text)), nil
}
