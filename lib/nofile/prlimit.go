//go:build amd64 || arm64

package nofile

// prlimit is the bare system call: package syscall would be too late.
//
//go:noescape
func prlimit(resource uintptr, old *limit) uintptr
