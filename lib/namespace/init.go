package namespace

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/raw"
	"mini-container/lib/supervise"
)

// Init starts the program as a child of this process, which stays: as the first
// process of its PID namespace it inherits the orphans there, and Wait takes
// every one that has ended off the list (pid_namespaces(7)). Elsewhere it
// becomes the one who inherits (PR_SET_CHILD_SUBREAPER).
//
// This process has been outside and is no part of the container. It is made
// undumpable (prctl(2)), so that /proc/1 lends nothing of it to a command
// without CAP_SYS_PTRACE; what it has open is closed when the command has begun.
func Init(p *chain.Program) (*supervise.Child, error) {
	if os.Getpid() != 1 {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return nil, fmt.Errorf("inherit orphans: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("keep others out of this process: %w", err)
	}
	// The child is killed when the thread ends that forked it.
	runtime.LockOSThread()
	p.Detach()
	forget()
	pid, err := p.Spawn(raw.Nowhere)
	if err != nil {
		return nil, err
	}
	kind := child(false)
	kind.Inherits = true
	return supervise.NewChild(pid, p.Status, kind), nil
}

// forget wipes this process's arguments, which /proc/1/cmdline shows to
// everybody: they tell of paths of the host. Go's strings are that very memory,
// so nothing that came from the command line may be used after it but what was
// copied.
func forget() {
	for _, word := range os.Args[1:] {
		clear(unsafe.Slice(unsafe.StringData(word), len(word)))
	}
}
