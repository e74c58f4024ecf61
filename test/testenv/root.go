package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// beside is a root file system that lies beside the repository where the
// project is built; a clone has none, and gets a root of busybox.
const beside = "../shared/data/alpine-minirootfs-3.22.1-x86_64.tar.gz"

// tarball is the file with Alpine's root, empty where there is none.
func tarball() string {
	for _, path := range []string{os.Getenv("ROOTFS_TARBALL"), filepath.Join(Repository(), beside)} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	return ""
}

// Root makes root file systems, each a copy of one that is made once.
type Root struct {
	tree Tree
	once sync.Once
	made string
	err  error
}

// NewRoot makes root file systems by the tree's own script.
func NewRoot(tree Tree) *Root { return &Root{tree: tree} }

// In makes a root file system in the folder.
func (r *Root) In(folder string) error {
	r.once.Do(r.make)
	if r.err != nil {
		return r.err
	}
	if out, err := exec.Command("cp", "-a", r.made, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the root: %w: %s", err, out)
	}
	return nil
}

func (r *Root) make() {
	r.made = filepath.Join(string(r.tree), "root")
	if _, err := os.Stat(r.made); err == nil {
		return
	}
	script := exec.Command(filepath.Join(r.tree.Scripts(), "rootfs.sh"), r.made)
	script.Env = append(os.Environ(), "ROOTFS_OFFLINE=1", "ROOTFS_TARBALL="+tarball())
	if out, err := script.CombinedOutput(); err != nil {
		r.err = fmt.Errorf("make a root: %w: %s", err, out)
	}
}
