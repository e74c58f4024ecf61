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

// mayPivot tells before anything is changed what this process or kernel lacks.
func mayPivot(root string) error {
	has, err := capable.Has(unix.CAP_SYS_ADMIN)
	if err != nil {
		return err
	}
	if !has {
		return fmt.Errorf("%s: needs root (CAP_SYS_ADMIN): %w", root, unix.EPERM)
	}
	if err := unix.MountSetattr(-1, "", 0, &unix.MountAttr{}); errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("%s: needs Linux 5.12 (mount_setattr(2)): %w", root, err)
	}
	return ownNamespace(root)
}

// ownNamespace refuses to pivot the host.
func ownNamespace(root string) error {
	// PID 1 itself, as /proc shows it, is the first of its PID namespace: what
	// it pivots is its own.
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return fmt.Errorf("%s: whose mount namespace this is cannot be seen: %w", root, step.Cause(err))
	}
	if self == "1" {
		return nil
	}
	own, err := os.Readlink("/proc/thread-self/ns/mnt")
	if err != nil {
		return fmt.Errorf("%s: whose mount namespace this is cannot be seen: %w", root, step.Cause(err))
	}
	host, err := os.Readlink("/proc/1/ns/mnt")
	if err == nil && own != host {
		return nil
	}
	// PID 1 may be closed to a root that has not all capabilities, or to a
	// user namespace: then the number tells.
	if err != nil && !slices.Contains(initialMounts, own) {
		return nil
	}
	return fmt.Errorf("%s: this is the host's own mount namespace: start it by 'mc-ns run --mount -- mc-rootfs pivot …'", root)
}

// whyPivot looks for the cause of pivot_root(2)'s EINVAL, which has many. Most
// cannot come our way: the new root is a mount of this namespace and private,
// by the step attach; it is the old one's place too, so that this lies in it;
// and what is no mount point has stopped the step private (whyPrivate).
func whyPivot(root *tree, err error) error {
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	all, _ := mounts() // for a hint
	at := slices.IndexFunc(all, func(m mounted) bool { return m.point == "/" })
	if at < 0 {
		return err
	}
	if all[at].kind == "rootfs" {
		return fmt.Errorf("the present root is the initramfs, which cannot be left: switch_root(8) to another one first: %w", err)
	}
	if _, lost := mountOf(root.fd); lost != nil {
		return fmt.Errorf("the folder is not below the present root (a way out of a chroot?): %w", err)
	}
	whole, _ := fromTheTop() // for a hint
	above := slices.IndexFunc(whole, func(m mounted) bool { return m.id == all[at].parent })
	if above >= 0 && whole[above].shared {
		return fmt.Errorf("the present root is a chroot, and the mount that it is on (%s) is shared: 'mount --make-private %s' first: %w",
			whole[above].point, whole[above].point, err)
	}
	return err
}

// whyPrivate tells of a root that has no mount of its own, of which nothing can
// be made private, nor can it be pivoted.
func whyPrivate(err error) error {
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	all, readErr := mounts()
	if readErr == nil && !slices.ContainsFunc(all, func(m mounted) bool { return m.point == "/" }) {
		return fmt.Errorf("the present root is no mount point (a chroot?): 'mount --bind DIR DIR' before the chroot makes it one: %w", err)
	}
	return err
}

// whyCopy tells of a folder whose mount is not to be copied.
func whyCopy(folder int, err error) error {
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	if _, lost := mountOf(folder); lost != nil {
		return fmt.Errorf("it is on a mount of another namespace, or of none any more (a way through /proc/PID?): %w", err)
	}
	return err
}

// whyFull tells of the limit that a namespace's mounts have. The errno is that
// of a full disk, and comes where a mount gets its place.
func whyFull(err error) error {
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	limit, readErr := os.ReadFile("/proc/sys/fs/mount-max")
	all, mountsErr := mounts()
	if readErr != nil || mountsErr != nil {
		return err
	}
	return fmt.Errorf("this namespace has %d mounts, and may have no more than sysctl fs.mount-max=%s: %w",
		len(all), strings.TrimSpace(string(limit)), err)
}

// whyMount turns the errno of a new mount into a cause.
func whyMount(f fileSystem, err error) error {
	switch {
	case errors.Is(err, unix.ENODEV):
		return fmt.Errorf("this kernel has no file system %s: %w", f.kind, err)
	case errors.Is(err, unix.EPERM) && f.kind == "proc":
		if own, ownErr := os.Readlink("/proc/thread-self/ns/user"); ownErr == nil && own != initialUser {
			return fmt.Errorf("a user namespace needs a PID namespace of its own for this, and a /proc that is not masked: %w", err)
		}
	}
	return err
}

// initialMounts are the numbers that the host's own mount namespace has: a fixed
// one (MNT_NS_INIT_INO) since Linux 6.18, before that the first or second to be
// given out at boot, and kept as long as the host runs.
var initialMounts = []string{"mnt:[4026531832]", "mnt:[4026531840]", "mnt:[4026531841]"}

// initialUser is the host's own user namespace, whose number is fixed
// (PROC_USER_INIT_INO).
const initialUser = "user:[4026531837]"

// whyMake turns the errno of a mount point into a cause.
func (t *tree) whyMake(inside string, err error) error {
	switch {
	case errors.Is(err, unix.EEXIST):
		return fmt.Errorf("a symbolic link that leads nowhere is in the way: %w", err)
	case errors.Is(err, unix.ENOTDIR):
		for p := path.Dir(inside); p != "/"; p = path.Dir(p) {
			if kind := t.kind(p); kind != 0 && kind != unix.S_IFDIR {
				return fmt.Errorf("%s is no folder: %w", p, err)
			}
		}
		return fmt.Errorf("what is there is no folder: %w", err)
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("the mount point is missing, and the file system is read-only: %w", err)
	}
	return err
}
