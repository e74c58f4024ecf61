package seccomp

import (
	_ "embed" // the filter
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The filter of docker's profile for the default capabilities is compiled when
// this is built, by the test of this package: each start would take a
// millisecond for it. Other processors do.
//
//go:embed default_amd64.bpf
var defaultAMD64 []byte

// usual are the capabilities that the ready filter is for.
var usual = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_SETFCAP",
}

// Default is the filter of docker's profile for a command with these
// capabilities.
func Default(capabilities []string) ([]byte, error) {
	if runtime.GOARCH == "amd64" && same(capabilities, usual) {
		return defaultAMD64, nil
	}
	if machines() == nil {
		return nil, errors.New("seccomp: no filter can be made for this processor: --seccomp unconfined goes without")
	}
	profile, err := profile()
	if err != nil {
		return nil, err
	}
	return Compile(profile, capabilities)
}

// profile is docker's, and nobody types into the terminal that the command has
// of its caller: TIOCSTI puts characters into its input, TIOCLINUX pastes them
// (ioctl_tty(2)). The kernel looks at the lower half of the number alone.
func profile() ([]byte, error) {
	p := seccomp.DefaultProfile()
	for _, request := range []uint64{unix.TIOCSTI, unix.TIOCLINUX} {
		p.Syscalls = append(p.Syscalls, &seccomp.Syscall{LinuxSyscall: specs.LinuxSyscall{
			Names: []string{"ioctl"}, Action: specs.ActErrno,
			Args: []specs.LinuxSeccompArg{{Index: 1, Value: 0xffffffff, ValueTwo: request, Op: specs.OpMaskedEqual}},
		}})
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	return text, nil
}

func same(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
