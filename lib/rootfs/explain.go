package rootfs

import (
	"cmp"
	"fmt"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Explain says Pivot in the script of the spec. A file of the root is opened for
// reading by what it gives, and the command is reached there through the
// programs.
//
// A shell whose root is the old one is taken along by pivot_root(2), and finds
// the host's programs no more. So the last part is said in one whose root is in
// the mount namespace outside, where the earlier link has opened it.
func Explain(s Spec) (file func(path string) (fd int, err error), through []string, err error) {
	plan, err := Pivot(s)
	if err != nil {
		return nil, nil, err
	}
	root, last := s.Script, len(plan)-1
	turn := plan[last].(*pivot)
	root.Opened(chain.RootLock)
	if !root.Own {
		return turn.file, nil, root.Run(plan)
	}
	if err := root.Run(plan[:last]); err != nil {
		return nil, nil, err
	}
	if err := turn.groups(root); err != nil {
		return nil, nil, err
	}
	return turn.file, []string{step.Say("nsenter", "--root=.", "--wdns="+cmp.Or(s.Workdir, "/"))}, turn.explain(root)
}

// explain says the step for a shell that still needs the host's programs.
func (s *pivot) explain(script *chain.Script) error {
	script.Opened(chain.OwnRoot)
	err := script.Say(
		"",
		"# pivot_root takes every shell along whose root is the old one (man 2 pivot_root). One whose root is in the",
		"# mount namespace outside stays, and has the host's programs (man 1 nsenter).",
		step.Say("cd", s.root.path),
		fmt.Sprintf("exec %d</", chain.OwnRoot),
	)
	if err != nil {
		return err
	}
	if err := script.Enter(fmt.Sprintf("nsenter --root=/proc/self/fd/%d", chain.HostRoot)); err != nil {
		return err
	}
	return script.Say(
		"# The folder becomes the root; the old one lies over it then, and goes (man 8 pivot_root, NOTES of man 2).",
		fmt.Sprintf("nsenter --root=/proc/self/fd/%d pivot_root . .", chain.OwnRoot),
		"umount --no-canonicalize --lazy .",
	)
}

// groups says how the container sees its own control group, where there is but
// one hierarchy: a cgroup namespace shows the group of who has made it.
func (s *pivot) groups(script *chain.Script) error {
	join, shows := "", false
	for _, p := range script.Promises {
		if p.Become == nil {
			join += p.Say + "; "
		} else {
			shows = shows || p.Become.ShowsGroups()
		}
	}
	if !shows {
		return nil
	}
	return script.Say(
		"",
		"# The container sees its own group: what is mounted is that of the mounting process (man 7 cgroup_namespaces).",
		"("+join+"exec unshare --cgroup "+step.Say("mount", "-t", "cgroup2", "-o", "ro,nosuid,nodev,noexec,relatime", "cgroup2", s.root.say("/sys/fs/cgroup"))+")",
	)
}

// file opens one of the root for reading.
func (s *pivot) file(path string) (fd int, err error) {
	return s.root.open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
}
