package chain

import (
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// closed is a descriptor that a child does not get.
const closed = ^uintptr(0)

// Fork starts the program as a child of this process, for the one link that
// has to stay behind as its supervisor. The child gets the descriptors 0, 1, 2
// and those that go along, under their own numbers; this process lets go of
// them. Promises can only be kept by the process that they are for: a program
// that is the command must have none (Keeps). One that a birth keeps is kept.
//
// The calling goroutine must be locked to its thread when attr or the thread's
// namespaces shall count for the child.
func (p *Program) Fork(attr *syscall.SysProcAttr) (pid int, err error) {
	if !p.Ours {
		if err := seal(); err != nil {
			return 0, err
		}
	}
	p.Leave()
	born, err := p.born(attr)
	if born == 0 {
		born, err = p.fork(attr)
	}
	if err == nil {
		p.letGo()
	}
	return born, err
}

// born forks into the group of a promise. Where that is refused, the promise
// stands, and is kept later or says why not.
func (p *Program) born(attr *syscall.SysProcAttr) (pid int, err error) {
	at := slices.IndexFunc(p.Promises, func(promise Promise) bool { return promise.Birth > 0 && promise.Early })
	if at < 0 || p.Late {
		return 0, nil
	}
	child, into := *p, *attr
	child.Promises = slices.Delete(slices.Clone(p.Promises), at, at+1)
	if err := child.dress(); err != nil {
		return 0, err
	}
	into.UseCgroupFD, into.CgroupFD = true, p.Promises[at].Birth
	pid, err = child.fork(&into)
	if err == nil {
		p.trace(p.Promises[at].Say)
	}
	return pid, err
}

func (p *Program) fork(attr *syscall.SysProcAttr) (pid int, err error) {
	files := []uintptr{0, 1, 2}
	for _, fd := range p.Descriptors() {
		for len(files) <= fd {
			files = append(files, closed)
		}
		files[fd] = uintptr(fd)
	}
	return syscall.ForkExec(p.Path, p.Args, &syscall.ProcAttr{Env: p.Environ, Files: files, Sys: attr})
}

// letGo closes the promises' descriptors: they are the child's now.
func (p *Program) letGo() {
	for _, promise := range p.Promises {
		for _, fd := range promise.files() {
			_ = unix.Close(fd) // of no more use here, whatever it says
		}
	}
}

// Keeps tells that the program is the command and that promises are to be kept
// right before it.
func (p *Program) Keeps() bool { return !p.Ours && len(p.Promises) > 0 }

// Why says why the program could not be started, where err is of Fork.
func (p *Program) Why(err error) error { return why(p.Path, err) }
