package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// tools are those that have a page, and scripts too.
var (
	tools   = []string{"mc-net", "mc-cgroup", "mc-ns", "mc-rootfs"}
	scripts = []string{"mini-container.sh", "mc-exec.sh"}
)

// verb is a verb, or a tool itself, as it says itself: see lib/cli/manual.go.
type verb struct {
	Name, Help, Detail string
	Args               []arg
	Flags              []flag
	Verbs              []verb
}

type arg struct {
	Name, Help   string
	Many, Needed bool
}

type flag struct {
	Name, Short, Help, Group, Value string
	No, Needed                      bool
}

// ask builds the tools for the manual, and asks each what it has.
func ask(root string) ([]verb, error) {
	folder, err := os.MkdirTemp("", "mini-container-man-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	args := []string{"build", "-tags", "manual", "-o", folder + "/"}
	for _, tool := range tools {
		args = append(args, "./cmd/"+tool)
	}
	build := exec.Command("go", args...)
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	var all []verb
	for _, tool := range tools {
		text, err := exec.Command(filepath.Join(folder, tool)).Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", tool, err)
		}
		var v verb
		if err := json.Unmarshal(text, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", tool, err)
		}
		all = append(all, v)
	}
	return all, nil
}
