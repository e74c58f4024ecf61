package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Place is where a running process stands: what a parent needs to start a
// child beside it.
type Place struct {
	unified *os.File // its folder in the v2 tree
	tasks   []string // the tasks files of its v1 folders
	home    []string // those of this process
}

// Of finds the groups of a process (/proc/PID/cgroup, cgroups(7)).
func Of(pid int) (*Place, error) {
	host, err := Find()
	if err != nil {
		return nil, err
	}
	there, err := host.foldersOf(strconv.Itoa(pid))
	if err != nil {
		return nil, err
	}
	here, err := host.foldersOf("self")
	if err != nil {
		return nil, err
	}
	p := &Place{}
	for _, root := range host.roots()[1:] {
		if there[root] != here[root] {
			p.tasks = append(p.tasks, filepath.Join(there[root], "tasks"))
			p.home = append(p.home, filepath.Join(here[root], "tasks"))
		}
	}
	p.unified, err = os.Open(there[host.unified])
	return p, err
}

// foldersOf gives the folder of a process in each hierarchy, by its root.
func (h *Host) foldersOf(pid string) (map[string]string, error) {
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("process %s: %w", pid, unix.ESRCH)
	}
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for line := range strings.Lines(string(text)) {
		// ID:CONTROLLERS:PATH, where the v2 tree is 0::PATH.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		if parts[1] == "" {
			if folders[h.unified], err = h.shown(h.unified, parts[2]); err != nil {
				return nil, fmt.Errorf("process %s: %w", pid, err)
			}
		}
		for _, c := range strings.Split(parts[1], ",") {
			root := h.v1[c]
			if root == "" {
				continue
			}
			if folders[root], err = h.shown(root, parts[2]); err != nil {
				return nil, fmt.Errorf("process %s: %w", pid, err)
			}
		}
	}
	return folders, nil
}

// shown is where a group of the hierarchy is seen. /proc/PID/cgroup says its path
// from the root of this process's cgroup namespace, and .. for what is outside;
// the mount shows what it was made of, be it less or more (cgroup_namespaces(7)).
func (h *Host) shown(root, path string) (string, error) {
	from := h.from[root]
	below, is := strings.CutPrefix(path+"/", strings.TrimSuffix(from, "/")+"/")
	if !is || strings.HasPrefix(path, "/..") || strings.HasPrefix(from, "/..") {
		return "", fmt.Errorf("its group %s is not seen at %s, which shows %s: mount the hierarchy in its own cgroup namespace", path, root, cmp.Or(from, "/"))
	}
	return filepath.Join(root, below), nil
}

// Unified is the process's folder in the v2 tree, open: clone3(2) starts a
// child in it (CLONE_INTO_CGROUP).
func (p *Place) Unified() *os.File { return p.unified }

// EnterThread moves the calling thread, which must be locked, into the v1
// groups, so that a child which it starts is in them from its first moment.
// cgroup v1 takes single threads; the process as a whole stays outside. leave
// takes the thread back. A 0 is the writer: its number would wait for all forks
// on the host.
func (p *Place) EnterThread() (leave func() error, err error) {
	leave = func() error { return writeAll(p.home, []byte("0")) }
	if err := writeAll(p.tasks, []byte("0")); err != nil {
		return nil, errors.Join(err, leave())
	}
	return leave, nil
}

func writeAll(files []string, text []byte) error {
	for _, file := range files {
		if err := os.WriteFile(file, text, 0); err != nil {
			return fmt.Errorf("join %s: %w", filepath.Dir(file), err)
		}
	}
	return nil
}

// Close lets go of the open folder.
func (p *Place) Close() error { return p.unified.Close() }
