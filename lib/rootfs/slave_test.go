package rootfs

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// TestSlave: of a mount that others share, a slave's copy follows; without
// rslave, and for a source that is private, there is nothing to follow.
func TestSlave(t *testing.T) {
	root, source := makeRoot(t), t.TempDir()
	inNamespace(t, func() error {
		bind := Bind{Source: source, Target: "/s", Slave: true}
		if _, err := Pivot(Spec{Root: root, Binds: []Bind{bind}}); err == nil || !strings.Contains(err.Error(), "is private in this namespace") {
			return fmt.Errorf("a private source: %w", err)
		}
		host, err := share(source)
		if err != nil {
			return err
		}
		defer host.Close()
		plan, err := Pivot(Spec{Root: root, Binds: []Bind{bind, {Source: source, Target: "/p"}}})
		if err != nil {
			return err
		}
		if err := plan[:len(plan)-2].Run(step.Silent); err != nil {
			return err
		}
		all, err := mounts()
		if err != nil {
			return err
		}
		for _, m := range all {
			if beneath(m.point, root) && m.follows != strings.HasSuffix(m.point, "/s") {
				return fmt.Errorf("%s: follows: %v", m.point, m.follows)
			}
		}
		return nil
	})
}

// TestSlaveUndone: a copy that nobody has taken is let go.
func TestSlaveUndone(t *testing.T) {
	root, source := makeRoot(t), t.TempDir()
	inNamespace(t, func() error {
		host, err := share(source)
		if err != nil {
			return err
		}
		defer host.Close()
		before, err := snapshot(root)
		if err != nil {
			return err
		}
		plan, err := Pivot(Spec{Root: root, Binds: []Bind{{Source: source, Target: "/s", Slave: true}}})
		if err != nil {
			return err
		}
		bad := step.List{plan[0], plan[1], plan[2], &readOnly{root: &tree{path: "no root", fd: -1}, target: "/"}}
		if err := bad.Run(step.Silent); err == nil || strings.Contains(err.Error(), "undoing") {
			return fmt.Errorf("undone: %w", err)
		}
		if after, err := snapshot(root); err != nil || after != before {
			return fmt.Errorf("the root has changed (%w):\n%s", err, after)
		}
		if fd := plan[2].(*slave).fd; fd != -1 {
			return fmt.Errorf("the copy is still there: %d", fd)
		}
		return nil
	})
}

// share mounts something on the folder that is shared between a namespace,
// which stays for as long as the file is open, and a copy of it, in which this
// thread is then.
func share(folder string) (*os.File, error) {
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, ""); err != nil {
		return nil, err
	}
	if err := unix.Mount("", folder, "", unix.MS_SHARED, ""); err != nil {
		return nil, err
	}
	host, err := os.Open("/proc/thread-self/ns/mnt")
	if err != nil {
		return nil, err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, errors.Join(err, host.Close())
	}
	return host, nil
}
