package namespace

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Home is where a thread came from: its namespaces, open, and its folders where
// it will lose them.
type Home struct {
	namespaces []homeFile
	root, cwd  *os.File // nil: not left
}

type homeFile struct {
	flag int
	file *os.File
}

// leaving ties the goroutine to its thread for good, and opens the namespaces of
// the given kinds. Not that of time: only children enter a new one, and no
// process with threads can go back to have them in the old.
func leaving(flags uintptr) (*Home, error) {
	runtime.LockOSThread()
	home := &Home{}
	for _, k := range kinds {
		if flags&k.flag == 0 || k.flag == unix.CLONE_NEWTIME {
			continue
		}
		f, err := os.Open("/proc/thread-self/ns/" + k.file)
		if err != nil {
			return nil, errors.Join(err, home.close())
		}
		home.namespaces = append(home.namespaces, homeFile{int(k.flag), f})
	}
	return home, nil
}

// leavingRoot opens the root and the working directory too.
func leavingRoot(flags uintptr) (*Home, error) {
	home, err := leaving(flags)
	if err != nil {
		return nil, err
	}
	if home.root, err = openFolder("/"); err != nil {
		return nil, errors.Join(err, home.close())
	}
	if home.cwd, err = openFolder("."); err != nil {
		return nil, errors.Join(err, home.close())
	}
	return home, nil
}

func openFolder(path string) (*os.File, error) {
	return os.OpenFile(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// Return takes the calling thread back.
func (h *Home) Return() error {
	for _, ns := range h.namespaces {
		if err := unix.Setns(int(ns.file.Fd()), ns.flag); err != nil {
			return fmt.Errorf("return to %s: %w", ns.file.Name(), err)
		}
	}
	if h.root != nil {
		if err := enterRoot(h.root); err != nil {
			return fmt.Errorf("return to the root: %w", err)
		}
		if err := unix.Fchdir(int(h.cwd.Fd())); err != nil {
			return fmt.Errorf("return to the working directory: %w", err)
		}
	}
	return h.close()
}

func (h *Home) close() error {
	var all error
	for _, ns := range h.namespaces {
		all = errors.Join(all, ns.file.Close())
	}
	for _, folder := range []*os.File{h.root, h.cwd} {
		if folder != nil {
			all = errors.Join(all, folder.Close())
		}
	}
	return all
}

// enterRoot makes an open folder the root and the working directory.
func enterRoot(folder *os.File) error {
	if err := unix.Fchdir(int(folder.Fd())); err != nil {
		return err
	}
	return unix.Chroot(".")
}
