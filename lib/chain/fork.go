package chain

import "syscall"

// closed is a descriptor that a child does not get.
const closed = ^uintptr(0)

// Fork starts the program as a child of this process, for the one link that
// has to stay behind as its supervisor. The child gets the descriptors 0, 1, 2
// and those that go along, under their own numbers. Promises can only be kept
// by the process that they are for: a program that is the command must have
// none (Keeps).
//
// The calling goroutine must be locked to its thread when attr or the thread's
// namespaces shall count for the child.
func (p *Program) Fork(attr *syscall.SysProcAttr) (pid int, err error) {
	if !p.Ours {
		if err := p.seal(); err != nil {
			return 0, err
		}
	}
	p.Leave()
	files := []uintptr{0, 1, 2}
	for _, fd := range p.Descriptors() {
		for len(files) <= fd {
			files = append(files, closed)
		}
		files[fd] = uintptr(fd)
	}
	pid, err = syscall.ForkExec(p.Path, p.Args, &syscall.ProcAttr{Env: p.Environ, Files: files, Sys: attr})
	return pid, err
}

// Keeps tells that the program is the command and that promises are to be kept
// right before it.
func (p *Program) Keeps() bool { return !p.Ours && len(p.Promises) > 0 }

// Why says why the program could not be started, where err is of Fork.
func (p *Program) Why(err error) error { return why(p.Path, err) }
