package unpack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// removeIn removes all that is in a folder. What is in a folder below is first
// renamed to the top: a hostile tree is deeper than there are descriptors, and
// than a path or a stack may be.
func removeIn(fd int) error {
	moved := 0
	for again := true; again; {
		entries, err := list(fd)
		if err != nil {
			return err
		}
		again = false
		for _, e := range entries {
			if !e.IsDir() {
				err = unix.Unlinkat(fd, e.Name(), 0)
			} else {
				again = true
				err = flatten(fd, e.Name(), &moved)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", e.Name(), err)
			}
		}
	}
	return nil
}

// flatten removes a folder, after its folders went to the top under new names.
func flatten(top int, name string, moved *int) error {
	// Who is not root may be kept out by the mode that it has got already.
	if err := unix.Fchmodat(top, name, 0o700, 0); err != nil {
		return err
	}
	fd, err := unix.Openat(top, name, unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	entries, err := list(fd)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			err = lift(top, fd, e.Name(), moved)
		} else {
			err = unix.Unlinkat(fd, e.Name(), 0)
		}
		if err != nil {
			return err
		}
	}
	return unix.Unlinkat(top, name, unix.AT_REMOVEDIR)
}

// lift moves a folder to the top, under a name that is free there. Its user,
// who is not root, must be able to write in it for that.
func lift(top, from int, name string, moved *int) error {
	if err := unix.Fchmodat(from, name, 0o700, 0); err != nil {
		return err
	}
	for {
		*moved++
		err := unix.Renameat2(from, name, top, fmt.Sprintf(".%d", *moved), unix.RENAME_NOREPLACE)
		if !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
}

// list reads a folder from its beginning.
func list(fd int) ([]fs.DirEntry, error) {
	own, err := unix.Openat(fd, ".", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(own), "folder")
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	return entries, nil
}
