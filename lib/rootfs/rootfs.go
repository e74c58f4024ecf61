// Package rootfs makes a folder the root of this mount namespace: its own
// /proc, /sys and /dev, the host's knobs masked, the names of /etc, binds, and
// pivot_root(2) at the end.
//
// It asks for Linux 5.12: all mounts are made by file descriptors
// (fsopen(2), open_tree(2), move_mount(2), mount_setattr(2)), and every path
// inside the root is resolved by openat2(2) with RESOLVE_IN_ROOT, so that no
// symbolic link of a hostile root leads out of it.
package rootfs

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Spec is what / shall be.
type Spec struct {
	Root     string   // the folder
	Binds    []Bind   // folders and files of the host that are seen inside
	Tmpfs    []Tmpfs  // empty file systems in memory
	ReadOnly bool     // the root cannot be written to; /tmp and /run are tmpfs
	Workdir  string   // the working directory inside; empty for /
	Command  string   // what will be run inside; empty for not to look for it
	Path     string   // the PATH that it is looked for in
	Hosts    []Host   // lines of /etc/hosts
	DNS      []Server // name servers in the place of the host's
	NoEtc    bool     // leave hosts, hostname and resolv.conf of /etc alone
	Layer    *Layer   // where what is written goes; nil for the root itself
	Users    Users    // whose the root shall be
	Bare     []Bare   // parts of /proc and /sys that are neither hidden nor read-only

	Script *chain.Script // nil, or what Explain says it in
}

// Pivot checks the spec against the kernel, this process and the folder, and
// plans the steps. Nothing is changed yet. The steps keep descriptors open,
// all of them closed by the exec that follows.
func Pivot(s Spec) (step.List, error) {
	if s.Script == nil || !s.Script.Own { // else it will be in another one
		if err := mayPivot(s.Root); err != nil {
			return nil, err
		}
	}
	root, err := openTree(s.Root)
	if err != nil {
		return nil, err
	}
	plan, err := s.planned(root)
	if err != nil {
		return nil, errors.Join(err, unix.Close(root.fd))
	}
	return plan, nil
}

// planned is what Pivot does, for whoever may.
func (s Spec) planned(root *tree) (step.List, error) {
	root.users = s.Users
	root.elsewhere = s.Script != nil && s.Script.Own
	over, err := s.mounts(root)
	if err != nil {
		return nil, err
	}
	if err := s.checkWorkdir(root, over); err != nil {
		return nil, err
	}
	return s.plan(root, over)
}

// plan is the order of the acts; what depends on an earlier one says so.
func (s Spec) plan(root *tree, over []user) (step.List, error) {
	system, err := table(root)
	if err != nil {
		return nil, err
	}
	first, mask := &lock{root: root}, &umask{}
	plan := step.List{first, mask}
	for _, u := range over {
		plan = append(plan, u.early...)
	}
	plan = append(plan, private{}, &attach{root: root})
	if s.Layer != nil {
		if s.Layer.Folder != "" && !s.Users.none() {
			return nil, errors.New("--overlay: a layer that stays has other owners in each user namespace: with --userns only one in memory")
		}
		plan = append(plan, &overlay{root: root, layer: *s.Layer})
	}
	plan = append(plan, system.folders...)
	if kind := root.kind("/tmp"); kind == 0 || kind == unix.S_IFDIR {
		plan = append(plan, &folders{root: root, paths: []string{"/tmp"}, mode: 0o777 | unix.S_ISVTX})
	}
	if !s.NoEtc {
		// Before the real /dev, whose place lends itself to the files.
		etc, err := s.etc(root)
		if err != nil {
			return nil, err
		}
		plan = append(plan, etc...)
	}
	plan = append(plan, system.mounts...)
	plan = append(plan, devices(root)...)
	plan = append(plan, masks(root, s.Bare)...) // they use the new /dev/null
	for _, u := range over {
		plan = append(plan, u.steps...)
	}
	if s.ReadOnly {
		// After the last mount point is made.
		all, err := s.readOnly(root, over)
		if err != nil {
			return nil, fmt.Errorf("--read-only: %w", err)
		}
		plan = append(plan, all...)
	}
	plan = append(plan, s.look(root)...)
	return append(plan, &umaskBack{mask}, &pivot{root: root, workdir: cmp.Or(s.Workdir, "/"), lock: first}), nil
}

// user is a mount that the caller asked for.
type user struct {
	target string
	source string    // of a bind, else empty
	kind   uint32    // file type (S_IFMT) of what comes there
	early  step.List // what can be done only while mounts come from the host
	steps  step.List
}

// mounts checks and plans --bind and --tmpfs, a folder before what lies
// beneath it.
func (s Spec) mounts(root *tree) ([]user, error) {
	var all []user
	for _, b := range s.Binds {
		u, err := b.plan(root)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	for _, t := range s.tmpfs() {
		u, err := t.plan(root)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	slices.SortStableFunc(all, func(a, b user) int {
		return cmp.Compare(strings.Count(a.target, "/"), strings.Count(b.target, "/"))
	})
	for i, u := range all {
		if slices.ContainsFunc(all[:i], func(v user) bool { return v.target == u.target }) {
			return nil, fmt.Errorf("%s: is the destination of two mounts", u.target)
		}
		above := func(v user) bool { return beneath(u.target, v.target) }
		if slices.ContainsFunc(all[:i], above) || slices.ContainsFunc(ownTargets(), func(t string) bool { return beneath(u.target, t) }) {
			continue // what is there now will not be seen
		}
		if there := root.kind(u.target); there != 0 && (there == unix.S_IFDIR) != (u.kind == unix.S_IFDIR) {
			return nil, fmt.Errorf("%s: %s cannot be mounted over %s, which is %s inside",
				cmp.Or(u.source, "tmpfs"), aFile(u.kind), u.target, aFile(there))
		}
	}
	return all, nil
}

func aFile(kind uint32) string {
	if kind == unix.S_IFDIR {
		return "a folder"
	}
	return "a file"
}

// tmpfs are those asked for, and those that a read-only root cannot do without.
func (s Spec) tmpfs() []Tmpfs {
	all := slices.Clone(s.Tmpfs)
	if !s.ReadOnly {
		return all
	}
	for _, t := range []Tmpfs{{Target: "/tmp", Data: []string{"mode=1777"}}, {Target: "/run", Data: []string{"mode=755"}}} {
		if !slices.ContainsFunc(s.Tmpfs, func(u Tmpfs) bool { return u.Target == t.Target }) &&
			!slices.ContainsFunc(s.Binds, func(b Bind) bool { return b.Target == t.Target }) {
			all = append(all, t)
		}
	}
	return all
}

// readOnly is the root, and each mount that was in it before ours came.
func (s Spec) readOnly(root *tree, over []user) (step.List, error) {
	plan := step.List{&readOnly{root: root, target: "/"}}
	points, err := submounts(root.path)
	for _, point := range points {
		inside := "/" + strings.TrimPrefix(strings.TrimPrefix(point, root.path), "/")
		hidden := func(target string) bool { return beneath(inside, target) }
		if slices.ContainsFunc(over, func(u user) bool { return hidden(u.target) }) || slices.ContainsFunc(ownTargets(), hidden) {
			continue
		}
		plan = append(plan, &readOnly{root: root, target: inside})
	}
	return plan, err
}

// checkWorkdir looks for the working directory where it will come from. What
// lies on a mount that is not made yet is found by the pivot step.
func (s Spec) checkWorkdir(root *tree, over []user) error {
	if s.Workdir == "" {
		return nil
	}
	if !path.IsAbs(s.Workdir) {
		return fmt.Errorf("working directory %s: must be an absolute path inside the root", s.Workdir)
	}
	workdir := path.Clean(s.Workdir)
	from, inside := root, workdir
	for _, u := range over {
		if beneath(u.target, workdir) {
			return nil // it is made as a mount point
		}
		if beneath(workdir, u.target) {
			if u.source == "" {
				return nil
			}
			source, err := openTree(u.source)
			if err != nil {
				return fmt.Errorf("working directory %s: %w", workdir, unix.ENOTDIR)
			}
			defer unix.Close(source.fd)
			from, inside = source, "/"+strings.TrimPrefix(workdir, u.target)
		}
	}
	if from == root && slices.ContainsFunc(ownTargets(), func(target string) bool { return beneath(workdir, target) }) {
		return nil
	}
	fd, err := from.open(inside, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return fmt.Errorf("%s: working directory %s: %w", s.Root, workdir, err)
	}
	return unix.Close(fd)
}

// beneath tells whether a clean path is the folder or lies in it.
func beneath(p, folder string) bool {
	return p == folder || folder == "/" || strings.HasPrefix(p, folder+"/")
}

// absolute is the path that a shell command in another folder needs.
func absolute(p string) string {
	if abs, err := filepath.Abs(p); err == nil {
		return abs
	}
	return p
}
