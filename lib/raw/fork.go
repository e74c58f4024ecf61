package raw

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What package syscall itself does around a fork: signals are blocked, and in
// the child their handlers are gone. Go keeps these open to others.

//go:linkname beforeFork syscall.runtime_BeforeFork
func beforeFork()

//go:linkname afterFork syscall.runtime_AfterFork
func afterFork()

//go:linkname afterForkInChild syscall.runtime_AfterForkInChild
func afterForkInChild()

// Nowhere is the group of a child that is born where its parent is.
const Nowhere = -1

// cloneArgs is struct clone_args (clone(2)).
type cloneArgs struct {
	flags, pidfd, childTID, parentTID, exitSignal uint64
	stack, stackSize, tls, setTID, setTIDSize     uint64
	cgroup                                        uint64
}

// report is what a child writes that cannot go on.
type report struct{ call, errno uint32 }

const reportSize = unsafe.Sizeof(report{})

// child is what the forked process needs, all in one place.
type child struct {
	calls       Calls
	args        cloneArgs
	read, write uintptr // the ends of a pipe
	one         byte
}

// Fork makes the calls in a child of this process, and returns when the last
// one, an exec, is done. The child is born in the group of cgroup v2 whose open
// folder is given, or Nowhere. It is killed when the calling thread ends, so
// the caller has locked it; a parent that ended in between is noticed.
//
// It differs from syscall.ForkExec in that anything can be done by the child,
// in any namespace that the thread will give it.
func (calls Calls) Fork(group int) (pid int, err error) {
	args := cloneArgs{exitSignal: uint64(unix.SIGCHLD)}
	if group != Nowhere {
		args.flags, args.cgroup = unix.CLONE_INTO_CGROUP, uint64(group)
	}
	pid, told, err := start(&child{calls: calls, args: args, one: 1})
	if err != nil {
		return 0, err
	}
	defer told.Close()
	return pid, calls.outcome(pid, told)
}

// Park forks a child in new namespaces (CLONE_NEW*) that waits to be killed:
// somebody has to be in a namespace until it is held otherwise.
func Park(flags uint64) (pid int, err error) {
	wait := Calls{New("wait", unix.SYS_PPOLL, 0, 0, 0, 0)}
	pid, told, err := start(&child{calls: wait, args: cloneArgs{flags: flags, exitSignal: uint64(unix.SIGCHLD)}, one: 1})
	if err != nil {
		return 0, err
	}
	defer told.Close()
	// Its word that it lives has to be read, or the pipe would end it.
	if _, err := told.Read(make([]byte, 1)); err != nil {
		return 0, errors.Join(fmt.Errorf("process %d: was killed: %w", pid, err), Reap(pid))
	}
	return pid, nil
}

// Reap waits for the end of a child that is of no more use.
func Reap(pid int) error {
	for {
		_, err := unix.Wait4(pid, nil, 0, nil)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for process %d: %w", pid, err)
		}
	}
}

// start forks, and gives the end of the pipe by which the child reports.
func start(c *child) (pid int, told *os.File, err error) {
	defer runtime.KeepAlive(c)
	var pipe [2]int
	syscall.ForkLock.Lock()
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		syscall.ForkLock.Unlock()
		return 0, nil, fmt.Errorf("pipe: %w", err)
	}
	c.read, c.write = uintptr(pipe[0]), uintptr(pipe[1])
	born, errno := c.fork()
	syscall.ForkLock.Unlock()
	_ = unix.Close(pipe[1])
	if errno != 0 {
		_ = unix.Close(pipe[0])
		return 0, nil, fmt.Errorf("fork: %w", errno)
	}
	return int(born), os.NewFile(uintptr(pipe[0]), "report"), nil
}

// outcome reads the child's report: one byte that it lives, and then nothing
// when it has become the program.
func (calls Calls) outcome(pid int, told *os.File) error {
	var text [1 + reportSize]byte
	n := 0
	for n < len(text) {
		more, err := told.Read(text[n:])
		n += more
		if err != nil {
			break
		}
	}
	if n == 1 {
		return nil
	}
	if err := Reap(pid); err != nil {
		return err
	}
	if n < len(text) {
		return fmt.Errorf("process %d was killed before it became the command", pid)
	}
	call, errno := binary.NativeEndian.Uint32(text[1:]), binary.NativeEndian.Uint32(text[5:])
	return calls.failed(int(call), unix.Errno(errno))
}

// fork is clone3(2), or clone(2) where no group is asked for: seccomp filters
// of containers often forbid the new one.
//
//go:norace
//go:nosplit
func (c *child) fork() (pid uintptr, errno syscall.Errno) {
	beforeFork()
	if c.args.cgroup != 0 {
		pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&c.args)), unsafe.Sizeof(c.args), 0, 0, 0, 0)
	} else {
		pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(c.args.flags|c.args.exitSignal), 0, 0, 0, 0, 0)
	}
	if errno == 0 && pid == 0 {
		c.run()
	}
	afterFork()
	return pid, errno
}

// run is the child's life. It may not allocate, nor grow the stack.
//
//go:norace
//go:nosplit
func (c *child) run() {
	afterForkInChild()
	syscall.RawSyscall(unix.SYS_CLOSE, c.read, 0, 0)
	syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0)
	// A parent that is gone already does not read: SIGPIPE ends this process.
	syscall.RawSyscall(unix.SYS_WRITE, c.write, uintptr(unsafe.Pointer(&c.one)), 1)
	for i := range c.calls {
		call := &c.calls[i]
		_, _, errno := syscall.RawSyscall6(call.Number, call.Args[0], call.Args[1], call.Args[2], call.Args[3], call.Args[4], 0)
		if errno != 0 {
			said := report{uint32(i), uint32(errno)}
			syscall.RawSyscall(unix.SYS_WRITE, c.write, uintptr(unsafe.Pointer(&said)), reportSize)
			break
		}
	}
	for {
		syscall.RawSyscall(unix.SYS_EXIT, 125, 0, 0)
	}
}
