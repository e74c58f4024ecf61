package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/step"
)

// View is what a process has for a root, whoever has made it.
type View struct {
	PID      int      `json:"pid"`
	Host     bool     `json:"host"`      // it is the root of who looks, in the same mount namespace
	Folder   *string  `json:"folder"`    // of the host; null where none is seen that is the same
	Type     string   `json:"type"`      // of the file system
	Source   string   `json:"source"`    // of the file system
	ReadOnly bool     `json:"read_only"` //
	Lower    []string `json:"lower"`     // of an overlay: what lies below, the uppermost first
	Upper    *string  `json:"upper"`     // of an overlay: where is written; null where that has no name
	Workdir  string   `json:"workdir"`
	Command  []string `json:"command"`
	Mounts   []Part   `json:"mounts"` // those that it sees, but for the root

	here     visible           // the mounts of who looks
	there    visible           // those of the process
	root     mounted           // the one that its root is on
	from     map[string]origin // of the mounts that show folders of the host, by their ids
	bare     []string          // what pivot would mask, and is as the kernel shows it
	tree     *tree
	ownUsers bool   // its user namespace is another
	layer    *Layer // of its overlay, if --overlay makes such a one
}

// origin is where a mount is, and which folder of the host it shows.
type origin struct{ point, folder string }

// Part is a mount of the process.
type Part struct {
	Point  string   `json:"point"`
	Kind   string   `json:"kind"` // what of mc-rootfs pivot makes one like it, or other
	Type   string   `json:"type"`
	Source string   `json:"source"` // of the file system
	From   *string  `json:"from"`   // the folder or file of the host that it shows, null where none is seen
	Flags  []string `json:"flags"`

	on mounted
}

// The kinds of mounts.
const (
	kindMade     = "made"      // pivot makes it always
	kindMasked   = "masked"    // likewise, without --unmask
	kindReadOnly = "read-only" // likewise
	kindTmpfs    = "tmpfs"     // --tmpfs
	kindBind     = "bind"      // --bind
	kindAlong    = "along"     // comes with the folder that it is in, as on the host
	kindOther    = "other"
)

// Look finds what a process has for a root, and what is mounted there.
func Look(pid int) (*View, error) {
	proc, err := unix.Open(fmt.Sprintf("/proc/%d", pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, fmt.Errorf("%d: no such process", pid)
	}
	if err != nil {
		return nil, fmt.Errorf("%d: %w", pid, err)
	}
	defer unix.Close(proc)
	v := &View{PID: pid, Lower: []string{}, Command: []string{}, Mounts: []Part{}, from: map[string]origin{}}
	if err := v.read(proc); err != nil {
		return nil, fmt.Errorf("%d: its root: %w", pid, whyView(err))
	}
	defer unix.Close(v.tree.fd)
	if v.tree.blind != nil {
		return nil, fmt.Errorf("%d: its root: %w", pid, v.tree.blind)
	}
	return v, nil
}

// whyView says which processes have nothing mounted, and who may look (ptrace(2)).
func whyView(err error) error {
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return errors.New("it has none (it has ended, or is a thread of the kernel)")
	}
	return capable.NeedsRoot(step.Cause(err))
}

// read looks at the process by its folder in /proc.
func (v *View) read(proc int) error {
	root, err := unix.Openat(proc, "root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	v.tree = &tree{path: "/", fd: root}
	table, err := readIn(proc, "mountinfo")
	here, hereErr := mounts()
	command, commandErr := readIn(proc, "cmdline")
	there, thereErr := parsed(table)
	if err := errors.Join(err, hereErr, thereErr, commandErr); err != nil {
		return errors.Join(err, unix.Close(root))
	}
	v.here, v.there = look(here), look(there)
	if words := strings.TrimSuffix(string(command), "\x00"); words != "" {
		v.Command = strings.Split(words, "\x00")
	}
	if err := v.links(proc); err != nil {
		return errors.Join(err, unix.Close(root))
	}
	v.parts()
	return nil
}

// links are what the process's symbolic links say of it.
func (v *View) links(proc int) error {
	var all error
	link := func(name string) string {
		text, err := linkIn(proc, name)
		all = errors.Join(all, err)
		return text
	}
	own := func(kind string) bool {
		text, err := os.Readlink("/proc/thread-self/ns/" + kind)
		all = errors.Join(all, err)
		return text != link("ns/"+kind)
	}
	top := link("root")
	v.Workdir = v.inside(top, link("cwd"))
	v.base(top)
	v.ownUsers = own("user")
	v.Host = !own("mnt") && v.same("/", "/")
	return all
}

// linkIn is where a link of an open folder leads.
func linkIn(folder int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(folder, name, buf)
	return string(buf[:max(n, 0)]), err
}

// inside is a path of the process's mount namespace as it sees it itself.
func (v *View) inside(top, path string) string {
	if !beneath(path, top) {
		return "/"
	}
	path = "/" + strings.TrimPrefix(strings.TrimPrefix(path, top), "/")
	if v.tree.kind(path) != unix.S_IFDIR {
		return "/" // it was removed
	}
	return path
}

// base finds what the root itself is.
func (v *View) base(top string) {
	v.root = v.there.at("/")
	if v.root.id == "" { // chroot(2) into a folder: its mount is not shown
		if v.same(top, "/") {
			v.Folder = &top
			on := v.here.at(top)
			v.root = mounted{point: "/", kind: on.kind, source: on.source, flags: on.flags}
		}
	} else {
		v.Folder = v.where(v.root)
	}
	v.Type, v.Source = v.root.kind, v.root.source
	v.ReadOnly = slices.Contains(v.root.flags, "ro")
	if v.Folder != nil {
		v.from[v.root.id] = origin{"/", *v.Folder}
	}
	if v.Type == "overlay" {
		v.layers()
	}
}

// layers are the folders of an overlay. One of ours has them in its source, as
// the descriptors that the kernel was given lead nowhere any more.
func (v *View) layers() {
	work := ""
	for _, option := range v.root.data {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "lowerdir", "lowerdir+":
			v.Lower = append(v.Lower, fields(value)...)
		case "upperdir":
			v.Upper = &value
		case "workdir":
			work = value
		}
	}
	if len(v.Lower) == 1 && strings.HasPrefix(v.Lower[0], "/proc/self/fd/") {
		v.Lower, v.Upper = []string{}, nil
		if names := fields(v.Source); path.IsAbs(names[0]) {
			v.Lower, v.layer = names[:1], &Layer{Folder: strings.Join(names[1:], "")}
		}
		if v.layer != nil && v.layer.Folder != "" {
			upper := v.layer.Folder + "/upper"
			v.Upper = &upper
		}
		return
	}
	if folder, is := strings.CutSuffix(work, "/work"); is && len(v.Lower) == 1 && v.Upper != nil && *v.Upper == folder+"/upper" {
		v.layer = &Layer{Folder: folder}
	}
}

// same tells whether a path of who looks leads to the same file as one of the
// process.
func (v *View) same(here, inside string) bool {
	fd, err := v.tree.open(inside, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var a, b unix.Stat_t
	err = errors.Join(unix.Fstat(fd, &a), unix.Lstat(here, &b))
	v.tree.look(err)
	return err == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// where is the path of who looks that leads to what the mount shows.
func (v *View) where(m mounted) *string {
	for _, h := range v.here.all {
		if h.device != m.device || !beneath(m.root, h.root) {
			continue
		}
		at := path.Join(h.point, strings.TrimPrefix(m.root, strings.TrimSuffix(h.root, "/")))
		if v.here.at(at).id == h.id && v.same(at, m.point) {
			return &at
		}
	}
	return nil
}
