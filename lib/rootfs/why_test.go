package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// TestNoFurtherMount fills a mount namespace: it is told how many there are, and
// by which sysctl there can be no more.
func TestNoFurtherMount(t *testing.T) {
	spec := Spec{Root: makeRoot(t), NoEtc: true}
	crowd := t.TempDir()
	inNamespace(t, func() error {
		if err := fill(crowd); err != nil {
			return err
		}
		plan, err := Pivot(spec)
		if err != nil {
			return err
		}
		before, err := snapshot(spec.Root)
		if err != nil {
			return err
		}
		limit, err := os.ReadFile("/proc/sys/fs/mount-max")
		if err != nil {
			return err
		}
		err = plan.Run(step.Silent)
		var there, most int
		if !errors.Is(err, unix.ENOSPC) {
			return fmt.Errorf("in a full namespace: %w", err)
		}
		_, said, _ := strings.Cut(err.Error(), "mount it on itself: ")
		if _, err := fmt.Sscanf(said, "this namespace has %d mounts, and may have no more than sysctl fs.mount-max=%d: no space", &there, &most); err != nil {
			return fmt.Errorf("%s: %w", said, err)
		}
		// The one beneath the first root counts too, and is never seen.
		if fmt.Sprintln(most) != string(limit) || there > most || there < most-3 {
			return fmt.Errorf("%d of %s: %s", there, limit, said)
		}
		if after, err := snapshot(spec.Root); err != nil || after != before {
			return fmt.Errorf("the folder has changed (%w):\n%s\nbefore:\n%s", err, after, before)
		}
		return nil
	})
}

// fill makes as many mounts as there may be: a tree that doubles as long as it
// can, and then once more each of the trees that it was.
func fill(folder string) error {
	const doublings = 20 // more than any limit allows
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, ""); err != nil {
		return err
	}
	place := func(kind string, n int) string { return filepath.Join(folder, fmt.Sprint(kind, n)) }
	for n := range doublings {
		if err := errors.Join(os.Mkdir(place("tree", n), 0o755), os.Mkdir(place("again", n), 0o755)); err != nil {
			return err
		}
	}
	last := 0
	for ; last < doublings; last++ {
		err := unix.Mount(folder, place("tree", last), "", unix.MS_BIND|unix.MS_REC, "")
		if errors.Is(err, unix.ENOSPC) {
			break
		}
		if err != nil {
			return err
		}
	}
	for n := last - 1; n >= 0; n-- {
		err := unix.Mount(place("tree", n), place("again", n), "", unix.MS_BIND|unix.MS_REC, "")
		if err != nil && !errors.Is(err, unix.ENOSPC) {
			return err
		}
	}
	return nil
}

// TestWhyWithoutCause: what was looked for and not found is not said, and what
// has another errno is not looked for.
func TestWhyWithoutCause(t *testing.T) {
	root, err := openTree(makeRoot(t))
	must(t, err)
	defer unix.Close(root.fd)
	for what, why := range map[string]func(error) error{
		"pivot":   func(err error) error { return whyPivot(root, err) },
		"private": whyPrivate,
		"copy":    func(err error) error { return whyCopy(root.fd, err) },
		"full":    whyFull,
	} {
		for _, cause := range []error{unix.EINVAL, unix.EPERM, nil} {
			if said := why(cause); said != cause {
				t.Errorf("%s: %v became %v", what, cause, said)
			}
		}
	}
}

// TestFromTheTop sees the same as everybody who is in no chroot, and the mount
// that a chroot is on when there is one.
func TestFromTheTop(t *testing.T) {
	box := t.TempDir()
	inNamespace(t, func() error {
		all, err := mounts()
		if err != nil {
			return err
		}
		whole, err := fromTheTop()
		if err != nil || fmt.Sprint(whole) != fmt.Sprint(all) {
			return fmt.Errorf("%w: %v, not %v", err, whole, all)
		}
		for _, folder := range []string{box, box} {
			if err := unix.Mount(folder, folder, "", unix.MS_BIND, ""); err != nil {
				return err
			}
		}
		if err := unix.Mount("", box, "", unix.MS_SHARED, ""); err != nil {
			return err
		}
		whole, err = fromTheTop()
		if err != nil || len(whole) != len(all)+2 {
			return fmt.Errorf("%w: %d mounts after two more, %d before", err, len(whole), len(all))
		}
		under, over := whole[len(whole)-2], whole[len(whole)-1]
		if over.parent != under.id || !over.shared || !over.follows || under.shared || over.point != box {
			return fmt.Errorf("on each other, and the upper one shared: %+v, %+v", under, over)
		}
		return nil
	})
}
