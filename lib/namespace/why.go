package namespace

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// supported tells whether the kernel has this kind of namespace.
func supported(k kind) error {
	if _, err := os.Lstat("/proc/self/ns/" + k.file); os.IsNotExist(err) {
		return fmt.Errorf("%s namespace: this kernel has none: /proc/self/ns/%s: %w", k.word, k.file, step.Cause(err))
	}
	if k.flag != unix.CLONE_NEWTIME {
		return nil
	}
	// Only since then does an exec enter it too (time_namespaces(7)). Before,
	// the command itself would be left in the old one, without a word.
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return err
	}
	release := unix.ByteSliceToString(uts.Release[:])
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		return fmt.Errorf("kernel release %s: %w", release, err)
	}
	if major < 6 || major == 6 && minor < 3 {
		return fmt.Errorf("time namespace: to start a command in one needs Linux 6.3, this is %s: 'unshare --time --fork' can", release)
	}
	return nil
}

// whyNew says why namespaces could not be made.
func whyNew(flags uintptr, err error) error {
	// Our option for a user, as unshare(1) has it, is the command's user.
	what := strings.Replace("new namespaces ("+strings.Join(words(flags), " ")+")", "--user", "--userns", 1)
	switch {
	case errors.Is(err, unix.EPERM) && flags&unix.CLONE_NEWUSER != 0:
		if knob := forbidding("/proc/sys"); knob != "" {
			return fmt.Errorf("%s: %s forbids user namespaces: %w", what, knob, err)
		}
		if chrooted() {
			return fmt.Errorf("%s: none for who is in a chroot (unshare(2)): %w", what, err)
		}
	case errors.Is(err, unix.EPERM) && os.Geteuid() != 0:
		return fmt.Errorf("%s: needs root, or --userns: %w", what, err)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%s: needs CAP_SYS_ADMIN: %w", what, err)
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("%s: %s is reached%s: %w", what, limits(flags), nested(flags), err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// forbidding names the sysctl that keeps an ordinary user from making a user
// namespace. A limit of 0 (user.max_user_namespaces) is none of them: that has
// an errno of its own.
func forbidding(folder string) string {
	for _, knob := range []struct{ file, forbids string }{
		{"kernel/unprivileged_userns_clone", "0"},
		{"kernel/apparmor_restrict_unprivileged_userns", "1"},
	} {
		if value(folder, knob.file) == knob.forbids {
			return "sysctl " + strings.ReplaceAll(knob.file, "/", ".") + "=" + knob.forbids
		}
	}
	return ""
}

// chrooted tells of a root that is no mount point. One that is could be a chroot
// too, but it does not show.
func chrooted() bool {
	roots, err := mountinfo.GetMounts(mountinfo.SingleEntryFilter("/"))
	return err == nil && len(roots) == 0
}

// nested is the other cause where no limit is 0, of the two kinds that lie in
// each other.
func nested(flags uintptr) string {
	if flags&(unix.CLONE_NEWUSER|unix.CLONE_NEWPID) == 0 || strings.HasPrefix(limits(flags), "the limit ") {
		return ""
	}
	return ", or such namespaces lie in each other 32 deep"
}

// limits names the sysctls that allow no further namespace of the kinds. The
// kernel does not say the count: only a limit of 0 can be told for sure.
func limits(flags uintptr) string {
	var all []string
	for _, k := range kinds {
		file := "user/max_" + k.file + "_namespaces"
		if flags&k.flag == 0 {
			continue
		}
		limit := strings.ReplaceAll(file, "/", ".") + "=" + value("/proc/sys", file)
		if strings.HasSuffix(limit, "=0") {
			return "the limit " + limit
		}
		all = append(all, limit)
	}
	return "a limit (" + strings.Join(all, ", ") + ")"
}

func value(folder, sysctl string) string {
	text, err := os.ReadFile(folder + "/" + sysctl)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// whyMap says why another's ids cannot be mapped (user_namespaces(7)): who maps
// them must have them himself, and the right to become anybody.
func whyMap(file, ids string, err error) error {
	var inside, first, count, from, outside, all uint64
	own, readErr := os.ReadFile("/proc/self/" + file)
	_, idsErr := fmt.Sscan(ids, &inside, &first, &count)
	_, ownErr := fmt.Sscan(string(own), &from, &outside, &all)
	if errors.Join(readErr, idsErr, ownErr) == nil && strings.Count(string(own), "\n") == 1 && (first < from || first+count > from+all) {
		return fmt.Errorf("--userns=auto: ids %d to %d are none of this user namespace's own (%s: %d of them, from %d): --userns alone maps the caller's: %w",
			first, first+count-1, file, all, from, step.Cause(err))
	}
	return fmt.Errorf("--userns=auto: to map ids that are not the caller's needs root: --userns alone maps that one: %w", step.Cause(err))
}

// whyJoin says why a namespace could not be joined.
func whyJoin(s join, err error) error {
	cause := step.Cause(err)
	label, named := strings.CutPrefix(s.path, name.Folder+"/")
	switch {
	case errors.Is(err, os.ErrNotExist) && named:
		return fmt.Errorf("%s: no such network namespace (%s): 'mc-net up %s --ip …' makes it", label, s.path, label)
	case errors.Is(err, unix.EINVAL) && named && !isNamespace(s.path):
		return fmt.Errorf("%s: is no network namespace any more, only a name that was left: 'mc-net down %s' removes it", label, label)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%s: is no %s namespace: %w", s.path, s.kind, cause)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%s: join: needs CAP_SYS_ADMIN here and in its user namespace: %w", s.path, cause)
	}
	return fmt.Errorf("%s: join: %w", s.path, cause)
}

func isNamespace(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && fs.Type == unix.NSFS_MAGIC
}

// whyRoot tells that the root is no mount: its attributes are nobody's then.
func whyRoot(err error) error {
	if errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("this process's root is no mount point (a chroot?): %w", err)
	}
	return err
}
