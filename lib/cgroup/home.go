package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ownPrefix begins a parent that stands below the caller's own group.
const ownPrefix = "./"

// Resolve gives the parent as a path below the hierarchy's root. With none said
// it is the default one: at the root for root, and for anybody else in the
// outermost group above him that was delegated to him (cgroups(7), "Delegation
// of a hierarchy to a less privileged user"): with systemd that of his own
// manager.
func (p Parent) Resolve() (Parent, error) {
	below, own := strings.CutPrefix(string(p), ownPrefix)
	switch {
	case own:
	case p != "":
		return p, nil
	case os.Geteuid() == 0:
		return DefaultParent, nil
	default:
		below = DefaultParent
	}
	host, err := Find()
	if err != nil {
		return "", err
	}
	folders, err := host.foldersOf("self")
	if err != nil {
		return "", err
	}
	home, err := filepath.Rel(host.unified, folders[host.unified])
	if err != nil {
		return "", err
	}
	if !own {
		home, _ = host.outermost(home) // none: the refusal says what is missing
	}
	return Parent(filepath.Join(home, below)), nil
}

// outermost is the group at or above the path, farthest out, from which on all
// are the caller's.
func (h *Host) outermost(path string) (home string, is bool) {
	for ; mine(filepath.Join(h.unified, path)); path = filepath.Dir(path) {
		home, is = path, true
		if path == "." {
			break
		}
	}
	return home, is
}

// mine tells whether this process may make groups in the folder and move
// processes between them.
func mine(folder string) bool {
	for _, path := range []string{folder, filepath.Join(folder, "cgroup.procs")} {
		if unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) != nil {
			return false
		}
	}
	return true
}

// delegated says from where on the groups of the parent are the caller's: what
// is above was made, and is ruled, by others. There are the controllers that
// they hand down, and no more.
func (h *Host) delegated(parent string) {
	path := filepath.Clean(parent)
	for path != "." && !there(filepath.Join(h.unified, path)) {
		path = filepath.Dir(path)
	}
	if os.Geteuid() == 0 || mine(h.unified) {
		return
	}
	if base, is := h.outermost(path); is {
		h.base = base
		h.v2 = strings.Fields(read(filepath.Join(h.unified, base), "cgroup.controllers"))
	}
}

// mayCome tells whether the kernel would let this process into the folder: it
// asks for the right to both, and to the group that is above both.
func (h *Host) mayCome(folder string) error {
	if os.Geteuid() == 0 {
		return nil
	}
	folders, err := h.foldersOf("self")
	if err != nil {
		return err
	}
	own := folders[h.unified]
	above := own
	for above != h.unified && folder != above && !strings.HasPrefix(folder, above+"/") {
		above = filepath.Dir(above)
	}
	file := filepath.Join(above, "cgroup.procs")
	if err := unix.Faccessat(unix.AT_FDCWD, file, unix.W_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("this process is in %s, and %s above both is not yours: begin in a group that is delegated to you (systemd-run --user --scope): %w", own, above, err)
	}
	return nil
}
