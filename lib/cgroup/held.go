package cgroup

import (
	"encoding/json"
	"strings"
)

// Held are the limits that a group has, each by its member: the name of the v2
// file (Documentation/admin-guide/cgroup-v2.rst) with _ for its dots.
type Held map[string]Amount

// MarshalJSON writes a list of processors or memory nodes as text: one of them
// is a number, and no amount.
func (h Held) MarshalJSON() ([]byte, error) {
	all := make(map[string]any, len(h))
	for member, value := range h {
		all[member] = value
		if strings.HasPrefix(member, "cpuset_") {
			all[member] = string(value)
		}
	}
	return json.Marshal(all)
}

// held reads the limits: always those that have a flag, and the others where
// somebody has set them.
func (g *Group) held(f *files) Held {
	h := Held{}
	for _, k := range g.known(f) {
		if is := g.get(f, k); k.usual == "" || is != "" && is != k.usual {
			h[k.member] = Amount(is)
		}
	}
	return h
}

// known are the knobs, with a row for each size of huge pages that this kernel
// has.
func (g *Group) known(f *files) []knob {
	var all []knob
	for _, k := range knobs {
		if k.member != "" {
			all = append(all, k)
			continue
		}
		folder, _ := g.folder(k.controller)
		if folder == "" {
			continue
		}
		for _, k.file = range f.like(folder, k.file) {
			k.member = strings.ReplaceAll(k.file, ".", "_")
			all = append(all, k)
		}
	}
	return all
}

// fileOf is a member's file.
func fileOf(member string) string {
	for _, k := range knobs {
		if k.member == member {
			return k.file
		}
	}
	return strings.ReplaceAll(member, "_", ".")
}
