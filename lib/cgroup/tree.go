package cgroup

import (
	"os"
	"path/filepath"
)

// Tree gives the groups below parent and all below those, each before what is
// in it.
func Tree(parent string) ([]*Group, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	host.delegated(parent)
	return host.tree(parent)
}

func (h *Host) tree(parent string) (all []*Group, err error) {
	entries, err := os.ReadDir(filepath.Join(h.unified, parent))
	if err != nil && absent(err) {
		return nil, nil // it went away meanwhile
	}
	for _, e := range entries {
		g := &Group{Parent: parent, host: h}
		if !e.IsDir() || g.Name.UnmarshalText([]byte(e.Name())) != nil {
			continue
		}
		below, err := h.tree(filepath.Join(parent, e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(append(all, g), below...)
	}
	return all, err
}
