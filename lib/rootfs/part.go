package rootfs

import (
	"cmp"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// parts tells of each mount what of mc-rootfs would make one like it, a folder
// before what lies in it.
func (v *View) parts() {
	seen := v.there.seen()
	slices.SortFunc(seen, func(a, b mounted) int {
		return cmp.Or(cmp.Compare(strings.Count(a.point, "/"), strings.Count(b.point, "/")), cmp.Compare(a.point, b.point))
	})
	for _, m := range seen {
		if m.point == "/" {
			continue
		}
		p := Part{Point: m.point, Type: m.kind, Source: m.source, Flags: m.flags, on: m}
		p.Kind, p.From = v.kind(m)
		if p.From != nil {
			v.from[m.id] = origin{m.point, *p.From}
		}
		v.Mounts = append(v.Mounts, p)
	}
	for _, path := range append(maskedPaths(), protected...) {
		if v.there.at(path).point != path && v.tree.has(path) {
			v.bare = append(v.bare, path)
		}
	}
}

// kind is what a mount is, and which folder of the host it shows.
func (v *View) kind(m mounted) (kind string, from *string) {
	if at := v.along(m); at != "" {
		return kindAlong, &at
	}
	from = v.where(m)
	switch {
	case isOwn(m) && (from == nil || m.kind == "sysfs" || m.kind == "mqueue"), isName(m) && from == nil, v.isNode(m.point):
		return kindMade, nil
	case v.hides(m):
		return kindMasked, nil
	case slices.Contains(protected, m.point) && m.kind == "proc" && slices.Contains(m.flags, "ro"):
		return kindReadOnly, nil
	case from != nil:
		return kindBind, from
	case v.isNull(m.point): // of a /dev that nobody else has
		null := "/dev/null"
		return kindBind, &null
	case m.kind == "tmpfs" && m.root == "/":
		return kindTmpfs, nil
	}
	return kindOther, nil
}

// along is the host's path of a mount that is there on the host, too, in the
// folder that this one is in: whoever copies the folder gets it. What pivot
// mounts covers those of the root.
func (v *View) along(m mounted) string {
	on := m.parent
	for v.there.ids[on].point == m.point { // several lie there, one over the other
		on = v.there.ids[on].parent
	}
	above, known := v.from[on]
	if !known || on == v.root.id && isCovered(m.point) {
		return ""
	}
	at := path.Join(above.folder, strings.TrimPrefix(m.point, strings.TrimSuffix(above.point, "/")))
	if h := v.here.at(at); h.point == at && h.device == m.device && h.root == m.root {
		return at
	}
	return ""
}

// isCovered tells that what the root has at a path cannot be seen.
func isCovered(point string) bool {
	return slices.ContainsFunc(ownTargets(), func(target string) bool { return beneath(point, target) })
}

// isOwn tells that a mount is like a row of fileSystems.
func isOwn(m mounted) bool {
	return m.root == "/" && slices.ContainsFunc(fileSystems, func(f fileSystem) bool { return f.target == m.point && f.kind == m.kind })
}

// isName tells that a mount is like one of the names in memory.
func isName(m mounted) bool {
	return slices.Contains(nameFiles, m.point) && m.kind == "tmpfs" && m.root == "/"+path.Base(m.point)
}

// isNode tells that a path is a device which every /dev of ours has.
func (v *View) isNode(point string) bool {
	return slices.ContainsFunc(nodes, func(n struct {
		name         string
		major, minor uint32
	}) bool {
		return point == "/dev/"+n.name && v.isDevice(point, unix.Mkdev(n.major, n.minor))
	})
}

func (v *View) isNull(point string) bool { return v.isDevice(point, unix.Mkdev(1, 3)) }

func (v *View) isDevice(point string, number uint64) bool {
	fd, err := v.tree.open(point, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	v.tree.look(err)
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == number
}

// hides tells that a mount is one of the masks.
func (v *View) hides(m mounted) bool {
	folder := m.kind == "tmpfs" && m.root == "/" && slices.Contains(m.flags, "ro")
	return slices.Contains(maskedPaths(), m.point) && (folder || v.isNull(m.point))
}

// maskedPaths are those of the table, and those of this machine's processors.
func maskedPaths() (paths []string) {
	for _, m := range masked {
		paths = append(paths, m.path)
	}
	perCPU, _ := filepath.Glob(throttles) // the pattern is a good one
	return append(paths, perCPU...)
}
