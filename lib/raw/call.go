// Package raw is for the last acts of a process before it becomes another
// program: a list of bare system calls, ready to be made one after the other by
// the thread, or by the forked child, that will be the command. Nothing is
// looked up, allocated or locked in between: the process may be under limits
// and filters by then that Go's runtime would not survive.
package raw

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Call is one system call.
type Call struct {
	What   string // what it means, for an error and for --trace; empty is not worth a word
	Number uintptr
	Args   [5]uintptr

	keep any // what Args point to
}

// Calls are made in their order, up to the first that fails.
type Calls []Call

// Failed is the error of a call.
type Failed struct {
	Call   int // which of the list
	Number uintptr
	What   string
	Errno  unix.Errno
}

// Error is what it was about, and the errno's text.
func (f *Failed) Error() string { return fmt.Sprintf("%s: %s", f.What, f.Errno.Error()) }

// Unwrap gives the errno.
func (f *Failed) Unwrap() error { return f.Errno }

// New is a call with numbers for arguments.
func New(what string, number uintptr, args ...uintptr) Call {
	c := Call{What: what, Number: number}
	copy(c.Args[:], args)
	return c
}

// Pointing makes the argument number i point to what p points to, which stays
// alive with the call.
func Pointing[T any](c Call, i int, p *T) Call {
	c.Args[i] = uintptr(unsafe.Pointer(p))
	c.keep = []any{c.keep, p}
	return c
}

// Write is a write(2) of the text to the descriptor.
func Write(what string, fd int, text string) Call {
	bytes := []byte(text)
	return Pointing(New(what, unix.SYS_WRITE, uintptr(fd), 0, uintptr(len(bytes))), 1, unsafe.SliceData(bytes))
}

// Prctl is a prctl(2).
func Prctl(what string, option uintptr, args ...uintptr) Call {
	return New(what, unix.SYS_PRCTL, append([]uintptr{option}, args...)...)
}

// Exec is an execve(2), which ends the list.
func Exec(path string, args, environ []string) (Call, error) {
	c := New(path, unix.SYS_EXECVE)
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return c, fmt.Errorf("%q: %w", path, err)
	}
	argv, err := pointers(args)
	if err != nil {
		return c, err
	}
	envp, err := pointers(environ)
	if err != nil {
		return c, err
	}
	return Pointing(Pointing(Pointing(c, 0, name), 1, &argv[0]), 2, &envp[0]), nil
}

// pointers is a list of strings as C has it.
func pointers(words []string) ([]*byte, error) {
	list := make([]*byte, len(words)+1)
	for i, word := range words {
		p, err := unix.BytePtrFromString(word)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", word, err)
		}
		list[i] = p
	}
	return list, nil
}

// Do makes the calls in this thread.
func (calls Calls) Do() error {
	defer runtime.KeepAlive(calls)
	for i := range calls {
		c := &calls[i]
		_, _, errno := unix.RawSyscall6(c.Number, c.Args[0], c.Args[1], c.Args[2], c.Args[3], c.Args[4], 0)
		if errno != 0 {
			return calls.failed(i, errno)
		}
	}
	return nil
}

func (calls Calls) failed(i int, errno unix.Errno) error {
	return &Failed{Call: i, Number: calls[i].Number, What: calls[i].What, Errno: errno}
}
