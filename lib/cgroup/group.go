package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mini-container/lib/name"
)

// DefaultParent is the folder that holds the groups, below each hierarchy's
// root.
const DefaultParent = "mini-container"

// Group is a control group by name: one folder in each hierarchy that counts.
type Group struct {
	Name   name.Path // one that is below others is made only where they are
	Parent string    // below the hierarchy's root, as "a/b"
	host   *Host

	at  map[string]string // the folder in each hierarchy, by its root, where that is not by the name
	pid int               // in it, where it was found so
}

// Open gives the group of that name, whether it is there or not.
func Open(n name.Path, parent string) (*Group, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	host.delegated(parent)
	return &Group{Name: n, Parent: parent, host: host}, nil
}

// Path is the group's folder in the v2 tree: its handle.
func (g *Group) Path() string {
	if g.at != nil {
		return g.first()
	}
	return g.in(g.host.unified)
}

func (g *Group) in(root string) string {
	if g.at != nil {
		return g.at[root]
	}
	return filepath.Join(root, g.Parent, string(g.Name))
}

// folders are all folders of the group, that of the v2 tree first.
func (g *Group) folders() []string {
	var folders []string
	for _, root := range g.host.roots() {
		if folder := g.in(root); folder != "" {
			folders = append(folders, folder)
		}
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
	return slices.ContainsFunc(g.folders(), there)
}

// Already is the error of a name that is taken.
func (g *Group) Already() error {
	return fmt.Errorf("%s: is there already (%s): 'mc-cgroup delete %s' removes it", g.Name, g.Path(), g.Name)
}

// List names the groups below parent that have a folder in the v2 tree, each
// before those that are below it.
func List(parent string) ([]name.Path, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	return list(filepath.Join(host.unified, parent), "")
}

// list names those below one of them. What goes away meanwhile has none.
func list(parent string, above name.Path) (names []name.Path, err error) {
	entries, err := os.ReadDir(filepath.Join(parent, string(above)))
	if err != nil && absent(err) {
		return nil, nil
	}
	for _, e := range entries {
		var n name.Path
		if !e.IsDir() || n.UnmarshalText([]byte(filepath.Join(string(above), e.Name()))) != nil {
			continue
		}
		more, err := list(parent, n)
		if err != nil {
			return nil, err
		}
		names = append(append(names, n), more...)
	}
	return names, err
}
