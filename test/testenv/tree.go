// Package testenv is what the kernel tests stand on: the built programs, a
// host of their own to work on, a root file system, a terminal, and the check
// that nothing is left.
package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tree is a folder with the programs as an installation has them: bin with the
// tools and the payload, bin/shared_folder with the demonstrations, scripts.
type Tree string

// Repository is the root of the repository, as seen from the tests in test/ and
// in a folder below it.
func Repository() string {
	above := ".."
	if _, err := os.Stat("../testenv"); err == nil {
		above = "../.."
	}
	root, err := filepath.Abs(above)
	if err != nil {
		panic(err)
	}
	return root
}

// Build makes the tree in a temporary folder. In the virtual machine, which
// has no compiler, MC_TREE names one that is made already. The tags are those
// of go build.
func Build(tags ...string) (tree Tree, remove func(), err error) {
	if made := os.Getenv("MC_TREE"); made != "" {
		return Tree(made), func() {}, nil
	}
	folder, err := os.MkdirTemp("", "mini-container-tree-")
	if err != nil {
		return "", nil, err
	}
	make := exec.Command("make", "--silent", "-C", Repository(), "build", "payload", "TREE="+folder, "TAGS="+strings.Join(tags, ","))
	make.Stdout, make.Stderr = os.Stderr, os.Stderr
	if err := make.Run(); err != nil {
		return "", nil, fmt.Errorf("build: %w", err)
	}
	return Tree(folder), func() { os.RemoveAll(folder) }, nil
}

// Bin is the folder of the tools.
func (t Tree) Bin() string { return filepath.Join(string(t), "bin") }

// Scripts is the folder of the scripts.
func (t Tree) Scripts() string { return filepath.Join(string(t), "scripts") }

// Shared is the folder of the demonstrations.
func (t Tree) Shared() string { return filepath.Join(t.Bin(), "shared_folder") }

// Environ is what the tests' programs get: a PATH by which the tree's are
// found first, and where things are.
func (t Tree) Environ() []string {
	return []string{
		"PATH=" + t.Bin() + ":" + t.Scripts() + ":" + os.Getenv("PATH"),
		"BIN=" + t.Bin(), "SHARED=" + t.Shared(), "REPO=" + Repository(),
		"RECIPES=" + filepath.Join(string(t), "examples", "recipes"),
	}
}
