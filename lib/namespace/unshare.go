package namespace

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// None of these steps has an undo: the namespaces end with the process.
// Each ties its goroutine to the thread for good: namespaces are a thread's
// own, and the exec or the fork must come from the one that has them.

// unshare makes new namespaces for the calling thread (unshare(2)).
type unshare struct {
	step.Final
	flags uintptr
}

func (s unshare) Do() error {
	runtime.LockOSThread()
	if err := unix.Unshare(int(s.flags)); err != nil {
		return whyNew(s.flags, err)
	}
	return nil
}

func (s unshare) Say() string { return step.Say(append([]string{"unshare"}, words(s.flags)...)...) }

// join enters a namespace that a file stands for (setns(2)).
type join struct {
	kind, path string
	flag       int
}

func (s join) Do() error {
	runtime.LockOSThread()
	f, err := os.Open(s.path)
	if err != nil {
		return whyJoin(s, err)
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), s.flag); err != nil {
		return whyJoin(s, err)
	}
	return nil
}

func (join) Undo() error   { return nil }
func (s join) Say() string { return step.Say("nsenter", "--"+s.kind+"="+s.path) }

// propagate sets how mounts travel between the new mount namespace and the one
// that it is a copy of (mount_namespaces(7)). Without it, on most hosts, a
// mount in the new namespace appears on the host too.
type propagate struct {
	step.Final
	mode string
}

var propagations = map[string]uintptr{
	"private": unix.MS_PRIVATE,
	"slave":   unix.MS_SLAVE,
	"shared":  unix.MS_SHARED,
}

func (s propagate) Do() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|propagations[s.mode], ""); err != nil {
		return fmt.Errorf("make / %s: %w", s.mode, err)
	}
	return nil
}

func (s propagate) Say() string { return step.Say("mount", "--make-r"+s.mode, "/") }
