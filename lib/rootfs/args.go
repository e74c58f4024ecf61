package rootfs

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mini-container/lib/plain"
)

// args collects what a command line says, and what it does not.
type args struct {
	*View
	options []string
	unsaid  []string
	texts   []string            // what is not said of some mounts
	points  map[string][]string // and of which
	set     map[string]Bind     // what was said of a bind, or the root, by the id of the mount
}

// Args is the mc-rootfs pivot that makes such a root for the same command, and
// what that cannot say: each mount that would be there and is not, or that would
// be another.
func (v *View) Args() *plain.Again {
	if v.Host {
		return &plain.Again{Command: v.Command, Unsaid: []string{"any root: it has that of who looks, in the same mount namespace, and needs no mc-rootfs"}}
	}
	a := &args{View: v, points: map[string][]string{}, set: map[string]Bind{}}
	root := a.base()
	for _, p := range v.Mounts {
		a.part(p)
	}
	a.masks()
	a.missing()
	if v.Workdir != "/" {
		a.options = append(a.options, "--workdir", v.Workdir)
	}
	for _, text := range a.texts {
		a.unsaid = append(a.unsaid, text+" "+strings.Join(a.points[text], ", "))
	}
	if !slices.Contains(a.options, "--no-etc") {
		a.unsaid = append(a.unsaid, "what is written in its "+strings.Join(nameFiles, ", ")+" (--add-host, --dns)")
	}
	return &plain.Again{
		Command: slices.Concat([]string{"mc-rootfs", "pivot", root}, a.options, []string{"--"}, v.Command),
		Unsaid:  append(a.unsaid, "its environment (--env)"),
	}
}

// of says what is not said of a mount point.
func (a *args) of(point, text string, args ...any) {
	text = fmt.Sprintf(text, args...)
	if a.points[text] == nil {
		a.texts = append(a.texts, text)
	}
	a.points[text] = append(a.points[text], point)
}

// base is the folder that becomes the root, and the options for that.
func (a *args) base() (folder string) {
	flags := []string{"rw", "relatime"}
	switch {
	case a.layer != nil:
		folder = a.Lower[0]
		option := "--overlay"
		if a.layer.Folder != "" {
			option += "=" + a.layer.Folder
		} else {
			a.unsaid = append(a.unsaid, "what was written into its layer, which is in memory")
		}
		a.options = append(a.options, option)
	case a.Folder != nil:
		folder = *a.Folder
		flags = a.here.at(folder).flags
		if a.Type == "overlay" {
			a.unsaid = append(a.unsaid, fmt.Sprintf("the overlay that its root is, of %s: what is mounted on %s stands for it", strings.Join(a.Lower, ", "), folder))
		}
	default:
		folder, flags = "ROOT", a.root.flags
		what := a.Type + " of " + a.Source
		if len(a.Lower) > 0 {
			what += ", over " + strings.Join(a.Lower, ", ")
		}
		a.unsaid = append(a.unsaid, fmt.Sprintf("its root /, %s: no folder is seen here that is the same; ROOT stands for one", what))
	}
	if a.ReadOnly {
		a.options = append(a.options, "--read-only")
	}
	if a.ownUsers {
		a.unsaid = append(a.unsaid, "whose its files are: it has a user namespace of its own, and the link before makes that (mc-ns show --as-args)")
	}
	a.set[a.root.id] = Bind{ReadOnly: a.ReadOnly}
	a.compare(a.root, flags, a.ReadOnly)
	if a.root.follows {
		a.of("/", travels)
	}
	return folder
}

// travels is said of a mount whose submounts come from elsewhere, or go there.
const travels = "that mounts made elsewhere arrive (mount_namespaces(7)) at"

// part adds the option for a mount, and says what that does not.
func (a *args) part(p Part) {
	switch p.Kind {
	case kindMade:
		a.made(p)
	case kindAlong:
		a.set[p.on.id] = a.set[a.there.at(path.Dir(p.Point)).id]
		a.compare(p.on, a.here.at(*p.From).flags, a.set[p.on.id].ReadOnly)
	case kindBind:
		a.bind(p)
	case kindTmpfs:
		a.tmpfs(p)
	case kindOther:
		a.of(p.Point, "what mc-rootfs does not mount, %s, on", p.Type)
	}
	if p.on.shared || p.on.follows && !a.set[p.on.id].Slave {
		a.of(p.Point, travels)
	}
}

// bind says one.
func (a *args) bind(p Part) {
	flags := a.here.at(*p.From).flags
	b := Bind{
		ReadOnly: slices.Contains(p.Flags, "ro") && !slices.Contains(flags, "ro"),
		Slave:    p.on.follows && !p.on.shared,
	}
	text := colons(*p.From) + ":" + colons(p.Point)
	switch {
	case b.ReadOnly && b.Slave:
		text += ":ro,rslave"
	case b.ReadOnly:
		text += ":ro"
	case b.Slave:
		text += ":rslave"
	}
	a.options = append(a.options, "--bind", text)
	a.set[p.on.id] = b
	a.compare(p.on, flags, b.ReadOnly)
}

// made compares a mount that every root has.
func (a *args) made(p Part) {
	for _, f := range fileSystems {
		if f.target == p.Point {
			a.compare(p.on, told(f.flags), false)
		}
	}
	if slices.Contains(nameFiles, p.Point) {
		a.compare(p.on, told(nosuid|nodev|noexec), a.ReadOnly)
	}
}

// tmpfs says one, unless --read-only has made it.
func (a *args) tmpfs(p Part) {
	t := Tmpfs{Target: p.Point}
	for _, option := range p.on.data {
		key, _, _ := strings.Cut(option, "=")
		mapped := a.ownUsers && (key == "uid" || key == "gid") // as they are out here
		if !mapped && !slices.Contains([]string{"rw", "ro", "inode32", "inode64", "seclabel"}, key) {
			t.Data = append(t.Data, option)
		}
	}
	a.compare(p.on, told(nosuid|nodev), false)
	usual := strings.Join(t.Data, ",")
	if a.ReadOnly && (p.Point == "/tmp" && usual == "" || p.Point == "/run" && usual == "mode=755") {
		return
	}
	text := colons(p.Point)
	if usual != "" {
		text += ":" + colons(usual)
	}
	a.options = append(a.options, "--tmpfs", text)
	a.of(p.Point, "what lies in the tmpfs on")
}

// told are flags as the kernel tells them.
func told(flags uint64) []string {
	text := words(flags)
	if flags&ro == 0 {
		text = append(text, "rw")
	}
	if flags&strictatime == 0 {
		text = append(text, "relatime")
	}
	return slices.DeleteFunc(text, func(w string) bool { return w == "strictatime" })
}

// compare says where the flags of a mount are not those that pivot would give it.
func (a *args) compare(m mounted, would []string, readOnly bool) {
	would = slices.Clone(would)
	if readOnly {
		would = append(slices.DeleteFunc(would, func(w string) bool { return w == "rw" }), "ro")
	}
	var not []string
	for _, flag := range m.flags {
		if !slices.Contains(would, flag) && flag != "idmapped" {
			not = append(not, flag)
		}
	}
	for _, flag := range would {
		if flag != "rw" && flag != "ro" && !slices.Contains(m.flags, flag) {
			not = append(not, "no "+flag)
		}
	}
	if not != nil {
		a.of(m.point, "the flags %s of", strings.Join(not, ","))
	}
}

// masks says which of the usual ones are not there, of those that could be.
func (a *args) masks() {
	is := func(kind string) func(Part) bool { return func(p Part) bool { return p.Kind == kind } }
	switch {
	case a.there.at("/proc/self").kind != "proc" || len(a.bare) == 0:
	case !slices.ContainsFunc(a.Mounts, is(kindMasked)) && !slices.ContainsFunc(a.Mounts, is(kindReadOnly)):
		a.options = append(a.options, "--unmask", "all")
	default:
		for _, path := range a.bare {
			a.options = append(a.options, "--unmask", path)
		}
	}
}

// missing says which mounts would be there beside those that are.
func (a *args) missing() {
	var would []string
	for _, f := range fileSystems {
		would = append(would, f.target)
	}
	if a.ReadOnly {
		would = append(would, "/tmp", "/run")
	}
	for _, target := range would {
		at := a.there.at(target)
		if _, shown := a.from[at.id]; at.point != target && (!shown || at.point == "/") {
			a.of(target, "that nothing is mounted on")
		}
	}
	if !slices.ContainsFunc(a.Mounts, func(p Part) bool { return p.Kind == kindMade && slices.Contains(nameFiles, p.Point) }) {
		a.options = append(a.options, "--no-etc")
	}
	for _, h := range a.here.seen() {
		for id, o := range a.from {
			if h.point == o.folder || !beneath(h.point, o.folder) {
				continue
			}
			inside := path.Join(o.point, strings.TrimPrefix(h.point, strings.TrimSuffix(o.folder, "/")))
			if at := a.there.at(inside); at.id == id && !(o.point == "/" && isCovered(inside)) {
				a.of(inside, "that the host's mount is not there on")
			}
		}
	}
}
