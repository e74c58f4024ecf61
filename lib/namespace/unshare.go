package namespace

import (
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
	step.Final
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

func (s join) Say() string { return step.Say("nsenter", "--"+s.kind+"="+s.path) }
