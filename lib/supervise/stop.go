package supervise

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stopSelf stops this process as Ctrl-Z stops a process that does nothing about
// it, and returns when it goes on. Not by STOP: where no shell could ever
// continue it, in an orphaned process group, the kernel leaves TSTP undone
// (setpgid(2)), and this returns at once.
//
// Go's runtime has its own handler for TSTP and no way to take it out again,
// so that the kernel is asked (rt_sigaction(2)). The signal goes to this very
// thread, which therefore does not run on before it is stopped.
func stopSelf() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Longer than the kernel's struct sigaction on any machine; all zero is
	// SIG_DFL.
	var byDefault, before [8]uint64
	const maskSize = 8
	set := func(act, old *[8]uint64) unix.Errno {
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGTSTP),
			uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), maskSize, 0, 0)
		return errno
	}
	if set(&byDefault, &before) != 0 {
		return
	}
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGTSTP) // this thread is there
	set(&before, nil)
}
