package seccomp

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	eperm  = uint32(unix.EPERM)
	enosys = uint32(unix.ENOSYS)
)

// killed is for a program of a machine that no rule was made for.
var killed = bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS}

// actions are what a filter answers, by the names that a profile has for them.
var actions = map[specs.LinuxSeccompAction]uint32{
	specs.ActKill:        unix.SECCOMP_RET_KILL_THREAD,
	specs.ActKillThread:  unix.SECCOMP_RET_KILL_THREAD,
	specs.ActKillProcess: unix.SECCOMP_RET_KILL_PROCESS,
	specs.ActTrap:        unix.SECCOMP_RET_TRAP,
	specs.ActErrno:       unix.SECCOMP_RET_ERRNO,
	specs.ActTrace:       unix.SECCOMP_RET_TRACE,
	specs.ActAllow:       unix.SECCOMP_RET_ALLOW,
	specs.ActLog:         unix.SECCOMP_RET_LOG,
}

// action is the answer of a rule, with its errno, which is EPERM if none is said.
func action(name specs.LinuxSeccompAction, errno *uint) (bpf.RetConstant, error) {
	value, known := actions[name]
	if !known {
		return bpf.RetConstant{}, fmt.Errorf("%q: no such action here", name)
	}
	if name != specs.ActErrno && name != specs.ActTrace {
		return bpf.RetConstant{Val: value}, nil
	}
	data := eperm
	if errno != nil {
		data = uint32(*errno)
	}
	if data > unix.SECCOMP_RET_DATA {
		return bpf.RetConstant{}, fmt.Errorf("errno %d: is too high", data)
	}
	return bpf.RetConstant{Val: value | data}, nil
}

// refused is the answer with an errno.
func refused(errno uint32) bpf.RetConstant {
	return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | errno}
}
