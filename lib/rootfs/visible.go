package rootfs

// visible is a table of mounts in which paths can be looked up: a mount that
// lies below another one is in the table, and nobody comes to it.
type visible struct {
	all   []mounted
	ids   map[string]mounted
	under map[string][]mounted // by the id of the mount that they are on; "" for what is on none of the table
}

func look(all []mounted) visible {
	v := visible{all: all, ids: map[string]mounted{}, under: map[string][]mounted{}}
	for _, m := range all {
		v.ids[m.id] = m
	}
	for i, m := range all {
		if _, known := v.ids[m.parent]; !known || m.parent == m.id {
			all[i].parent = ""
		}
		v.under[all[i].parent] = append(v.under[all[i].parent], all[i])
	}
	return v
}

// at is the mount that a path leads to: from each one over into the nearest
// that is on the way. Its id is "" for a root that is no mount, but a folder of
// one that is not in the table (chroot(2)).
func (v visible) at(path string) mounted {
	at := mounted{point: "/"}
	for {
		next, some := mounted{}, false
		for _, m := range v.under[at.id] {
			if beneath(path, m.point) && (!some || len(m.point) < len(next.point)) {
				next, some = m, true
			}
		}
		if !some {
			return at
		}
		at = next
	}
}

// seen are the mounts that some path leads to, in the order of the table.
func (v visible) seen() (seen []mounted) {
	for _, m := range v.all {
		if v.at(m.point).id == m.id {
			seen = append(seen, m)
		}
	}
	return seen
}
