package seccomp

import (
	_ "embed" // the tables of numbers
	"encoding/binary"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// x32 is the first number of an x32 program's calls (__X32_SYSCALL_BIT).
const x32 = 0x40000000

// machine is a kind of program that a kernel runs: its own, and the one of 32
// bits beside it. Others, x32 among them, are of no use to anybody here.
type machine struct {
	audit uint32 // AUDIT_ARCH of struct seccomp_data
	table string // a line for each system call: its name and its number
}

// The tables are made by the test of this package, from golang.org/x/sys.
var (
	//go:embed calls_amd64.txt
	callsAMD64 string
	//go:embed calls_386.txt
	calls386 string
	//go:embed calls_arm64.txt
	callsARM64 string
	//go:embed calls_arm.txt
	callsARM string
)

// machines are those of the kernel that this was built for.
func machines() []machine { return machinesOf(runtime.GOARCH) }

func machinesOf(goarch string) []machine {
	switch goarch {
	case "amd64":
		return []machine{{unix.AUDIT_ARCH_X86_64, callsAMD64}, {unix.AUDIT_ARCH_I386, calls386}}
	case "arm64":
		return []machine{{unix.AUDIT_ARCH_AARCH64, callsARM64}, {unix.AUDIT_ARCH_ARM, callsARM}}
	}
	return nil
}

func (m machine) numbers() map[string]uint32 {
	numbers := make(map[string]uint32, 512)
	for line := range strings.Lines(m.table) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseUint(number, 10, 32); err == nil {
			numbers[name] = uint32(n)
		}
	}
	return numbers
}

// halves load the higher and the lower 32 bits of an argument.
func halves(index uint32) (high, low bpf.Instruction) {
	at := offsetArgument + 8*index
	first, second := bpf.LoadAbsolute{Off: at, Size: 4}, bpf.LoadAbsolute{Off: at + 4, Size: 4}
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 { // the lower ones come first
		return second, first
	}
	return first, second
}
