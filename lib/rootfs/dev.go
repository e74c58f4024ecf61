package rootfs

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// nodes are the character devices of /dev, all with mode 0666: major and minor
// number as in null(4), full(4), random(4), tty(4).
var nodes = []struct {
	name         string
	major, minor uint32
}{
	{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
}

// links are the symbolic links of /dev.
var links = []struct{ name, text string }{
	{"ptmx", "pts/ptmx"},
	{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
}

// ttyGroup is the group that terminals belong to, by its number in every
// distribution.
const ttyGroup = 5

// mapped tells whether the user namespace knows a group (user_namespaces(7)).
func mapped(gid int) bool {
	text, err := os.ReadFile("/proc/thread-self/gid_map")
	if err != nil {
		return true // no user namespaces here
	}
	for line := range strings.Lines(string(text)) {
		var inside, outside, count int
		if _, err := fmt.Sscan(line, &inside, &outside, &count); err == nil && gid >= inside && gid-inside < count {
			return true
		}
	}
	return false
}

// devices fills the new /dev.
func devices(root *tree) step.List {
	var plan step.List
	for _, n := range nodes {
		plan = append(plan, &node{root: root, path: "/dev/" + n.name, major: n.major, minor: n.minor})
	}
	for _, l := range links {
		plan = append(plan, &symlink{root: root, path: "/dev/" + l.name, text: l.text})
	}
	return plan
}

// node makes a character device.
type node struct {
	root         *tree
	path         string
	major, minor uint32
	bound        step.List // what was done in its place
}

func (s *node) Do() error {
	s.bound = nil
	err := s.root.at(s.path, func(folder int, name string) error {
		return unix.Mknodat(folder, name, unix.S_IFCHR|0o666, int(unix.Mkdev(s.major, s.minor)))
	})
	if errors.Is(err, unix.EPERM) {
		return s.bind()
	}
	if err != nil {
		return fmt.Errorf("%s: make device: %w", s.root.say(s.path), err)
	}
	return nil
}

// bind shows the host's device, as a user namespace may not make its own
// (user_namespaces(7)).
func (s *node) bind() error {
	u, err := Bind{Source: s.path, Target: s.path}.plan(s.root)
	if err != nil {
		return err
	}
	s.bound = u.steps
	return s.bound.Run(step.Silent)
}

func (s *node) Undo() error {
	if s.bound == nil {
		return s.root.remove([]string{s.path}, 0)
	}
	var all error
	for i := len(s.bound) - 1; i >= 0; i-- {
		all = errors.Join(all, s.bound[i].Undo())
	}
	return all
}

func (s *node) Say() string {
	return step.Say("mknod", "-m", "0666", s.root.say(s.path), "c", fmt.Sprint(s.major), fmt.Sprint(s.minor))
}

func (*node) Why() string {
	return "The devices that any program may have, and no other (man 1 mknod, man 4 null)."
}
