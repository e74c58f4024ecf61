package privilege

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// A filter is struct sock_filter of the kernel, one after the other, in the
// order of bytes that the processor has.
const instruction = int(unsafe.Sizeof(unix.SockFilter{}))

// Hand puts a filter into a file without a name that the links of the chain can
// hand on: the one that compiled it is not the one that sets it.
func Hand(filter []byte) (fd int, err error) {
	fd, err = unix.MemfdCreate("seccomp", unix.MFD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("hand the filter on: %w", err)
	}
	if _, err := unix.Pwrite(fd, filter, 0); err != nil {
		return 0, fmt.Errorf("hand the filter on: %w", err)
	}
	return fd, nil
}

// filter reads what was handed on, and is the call that sets it.
func (s Spec) filter() (raw.Calls, error) {
	if s.Seccomp == 0 {
		return nil, nil
	}
	var st unix.Stat_t
	if err := unix.Fstat(s.Seccomp, &st); err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	program := make([]unix.SockFilter, int(st.Size)/instruction)
	if len(program) == 0 {
		return nil, fmt.Errorf("seccomp: the filter is empty")
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&program[0])), len(program)*instruction)
	if n, err := unix.Pread(s.Seccomp, bytes, 0); err != nil || n != len(bytes) {
		return nil, fmt.Errorf("seccomp: only %d of %d bytes of the filter can be read: %w", n, len(bytes), err)
	}
	fprog := &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	set := raw.New("set the filter of system calls", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0)
	return raw.Calls{raw.Pointing(set, 2, fprog)}, nil
}
