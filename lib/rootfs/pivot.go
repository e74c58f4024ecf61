package rootfs

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// pivot makes the tree the root of this mount namespace, and the old root go.
// It is the last step that can fail, and lets the next start into the folder.
type pivot struct {
	step.Final
	root    *tree
	workdir string
	lock    *lock
}

func (s *pivot) Do() error {
	// Opened first: a folder that is not there leaves all as it was.
	workdir, err := s.root.open(s.workdir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return fmt.Errorf("%s: working directory %s: %w", s.root.path, s.workdir, err)
	}
	defer unix.Close(workdir)
	if err := s.turn(); err != nil {
		return fmt.Errorf("%s: pivot_root: %w", s.root.path, whyPivot(s.root, err))
	}
	// The old root is mounted over the new one now, and "." leads to it. It is
	// busy while anything of the host is open in it: lazily.
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("%s: leave the old root: %w", s.root.path, err)
	}
	// The kernel moved the root of this process, not what "." names since the
	// old root is gone.
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("/: change folder: %w", err)
	}
	// By the descriptor: the very folder that was looked at.
	if err := unix.Fchdir(workdir); err != nil {
		return fmt.Errorf("%s: change folder: %w", s.workdir, err)
	}
	_ = s.lock.Undo() // the exec would do it too
	return nil
}

// turn calls pivot_root(".", "."): no folder for the old root has to be made
// in the new one, which may be read-only (pivot_root(2), NOTES).
func (s *pivot) turn() error {
	before, err := unix.Open(".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(before)
	// By the descriptor: the path may lead to something else by now.
	if err := unix.Fchdir(s.root.fd); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return errors.Join(err, unix.Fchdir(before))
	}
	return nil
}

func (s *pivot) Say() string {
	return step.Say("cd", s.root.path) + " && pivot_root . . && umount -l . && " + step.Say("cd", s.workdir) + "\nexec 9<&-"
}
