package seccomp

import (
	"encoding/binary"
	"strconv"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	allow = unix.SECCOMP_RET_ALLOW
	perm  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	nosys = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	amd64 = unix.AUDIT_ARCH_X86_64
	i386  = unix.AUDIT_ARCH_I386
)

// answer runs a filter as the kernel would (seccomp_data, seccomp(2)).
func answer(t *testing.T, filter []byte, machine, number uint32, args ...uint64) uint32 {
	t.Helper()
	var program []bpf.Instruction
	for ; len(filter) >= 8; filter = filter[8:] {
		program = append(program, bpf.RawInstruction{
			Op: binary.NativeEndian.Uint16(filter), Jt: filter[2], Jf: filter[3], K: binary.NativeEndian.Uint32(filter[4:]),
		}.Disassemble())
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	// The library's machine reads as from a network packet, the highest byte
	// first; the kernel's reads numbers as they are.
	data := binary.BigEndian.AppendUint32(nil, number)
	data = binary.BigEndian.AppendUint32(data, machine)
	data = append(data, make([]byte, 8)...)
	for i := range 6 {
		value := uint64(0)
		if i < len(args) {
			value = args[i]
		}
		data = binary.BigEndian.AppendUint32(data, uint32(value))
		data = binary.BigEndian.AppendUint32(data, uint32(value>>32))
	}
	n, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// TestDefault asks docker's profile about calls that matter.
func TestDefault(t *testing.T) {
	filter, err := Default(usual)
	if err != nil {
		t.Fatal(err)
	}
	more, err := Default(append([]string{"CAP_SYS_ADMIN"}, usual...))
	if err != nil {
		t.Fatal(err)
	}
	none, err := Default(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what            string
		filter          []byte
		machine, number uint32
		args            []uint64
		want            uint32
	}{
		{"read", filter, amd64, unix.SYS_READ, nil, allow},
		{"read of a 32-bit program", filter, i386, 3, nil, allow},
		{"mount of a 32-bit program", filter, i386, 21, nil, perm},
		{"mount", filter, amd64, unix.SYS_MOUNT, nil, perm},
		{"mount with SYS_ADMIN", more, amd64, unix.SYS_MOUNT, nil, allow},
		{"a thread", filter, amd64, unix.SYS_CLONE, []uint64{unix.CLONE_THREAD | unix.CLONE_VM}, allow},
		{"a user namespace", filter, amd64, unix.SYS_CLONE, []uint64{unix.CLONE_NEWUSER | 17}, perm},
		{"the same, in the higher half too", filter, amd64, unix.SYS_CLONE, []uint64{1<<32 | unix.CLONE_NEWUSER}, perm},
		{"a user namespace with SYS_ADMIN", more, amd64, unix.SYS_CLONE, []uint64{unix.CLONE_NEWUSER}, allow},
		{"clone3", filter, amd64, unix.SYS_CLONE3, nil, nosys},
		{"chroot", filter, amd64, unix.SYS_CHROOT, nil, allow},
		{"chroot without the capability", none, amd64, unix.SYS_CHROOT, nil, perm},
		{"AF_INET", filter, amd64, unix.SYS_SOCKET, []uint64{unix.AF_INET}, allow},
		{"AF_NETLINK", filter, amd64, unix.SYS_SOCKET, []uint64{unix.AF_NETLINK}, allow},
		{"AF_VSOCK", filter, amd64, unix.SYS_SOCKET, []uint64{unix.AF_VSOCK}, perm},
		{"AF_ALG, whose number is that of setitimer", filter, amd64, unix.SYS_SOCKET, []uint64{unix.AF_ALG}, perm},
		{"personality(0)", filter, amd64, unix.SYS_PERSONALITY, []uint64{0}, allow},
		{"personality(READ_IMPLIES_EXEC)", filter, amd64, unix.SYS_PERSONALITY, []uint64{0x0400000}, perm},
		{"personality, asked for", filter, amd64, unix.SYS_PERSONALITY, []uint64{0xffffffff}, allow},
		{"personality, all 64 bits", filter, amd64, unix.SYS_PERSONALITY, []uint64{1<<64 - 1}, perm},
		{"TIOCSTI", filter, amd64, unix.SYS_IOCTL, []uint64{0, unix.TIOCSTI}, perm},
		{"TIOCSTI with a higher half", filter, amd64, unix.SYS_IOCTL, []uint64{0, 1<<32 | unix.TIOCSTI}, perm},
		{"TIOCLINUX of a 32-bit program", filter, i386, 54, []uint64{0, unix.TIOCLINUX}, perm},
		{"TIOCGWINSZ", filter, amd64, unix.SYS_IOCTL, []uint64{0, unix.TIOCGWINSZ}, allow},
		{"bpf", filter, amd64, unix.SYS_BPF, nil, perm},
		{"io_uring_setup", filter, amd64, unix.SYS_IO_URING_SETUP, nil, perm},
		{"keyctl", filter, amd64, unix.SYS_KEYCTL, nil, perm},
		{"what a newer kernel has", filter, amd64, 2000, nil, nosys},
		{"an x32 program", filter, amd64, x32 | unix.SYS_READ, nil, nosys},
		{"another machine", filter, unix.AUDIT_ARCH_PPC64, unix.SYS_READ, nil, unix.SECCOMP_RET_KILL_PROCESS},
	} {
		if got := answer(t, c.filter, c.machine, c.number, c.args...); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.what, got, c.want)
		}
	}
}

// TestConditions compares each comparison with what it means, at the edges of
// both halves.
func TestConditions(t *testing.T) {
	values := []uint64{0, 1, 5, 6, 7, 1<<32 - 1, 1 << 32, 1<<32 | 5, 1<<32 | 6, 1<<32 | 7, 2<<32 | 6, 1<<64 - 1}
	means := map[string]func(a, v uint64) bool{
		"SCMP_CMP_EQ": func(a, v uint64) bool { return a == v },
		"SCMP_CMP_NE": func(a, v uint64) bool { return a != v },
		"SCMP_CMP_LT": func(a, v uint64) bool { return a < v },
		"SCMP_CMP_LE": func(a, v uint64) bool { return a <= v },
		"SCMP_CMP_GT": func(a, v uint64) bool { return a > v },
		"SCMP_CMP_GE": func(a, v uint64) bool { return a >= v },
	}
	for op, holds := range means {
		for _, v := range values {
			filter := compile(t, `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW",
				"args": [{"index": 2, "value": `+strconv.FormatUint(v, 10)+`, "op": "`+op+`"}]}]}`)
			for _, a := range values {
				got := answer(t, filter, amd64, unix.SYS_READ, 9, 9, a) == allow
				if got != holds(a, v) {
					t.Errorf("%#x %s %#x: %v", a, op, v, got)
				}
			}
		}
	}
}

func compile(t *testing.T, profile string) []byte {
	t.Helper()
	filter, err := Compile([]byte(profile), nil)
	if err != nil {
		t.Fatal(err)
	}
	return filter
}

// TestRules: all conditions of a rule must hold, of two on one argument one;
// a rule without any is asked last; a profile that forbids forbids x32, too.
func TestRules(t *testing.T) {
	filter := compile(t, `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["read", "write"], "action": "SCMP_ACT_KILL_PROCESS"},
		{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 240, "valueTwo": 16, "op": "SCMP_CMP_MASKED_EQ"}]},
		{"names": ["close"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]}`)
	for _, c := range []struct {
		number uint32
		args   []uint64
		want   uint32
	}{
		{unix.SYS_READ, []uint64{1, 0x1f}, unix.SECCOMP_RET_ERRNO | 5},
		{unix.SYS_READ, []uint64{1, 0x2f}, unix.SECCOMP_RET_KILL_PROCESS},
		{unix.SYS_READ, []uint64{2, 0x1f}, unix.SECCOMP_RET_KILL_PROCESS},
		{unix.SYS_WRITE, nil, unix.SECCOMP_RET_KILL_PROCESS},
		{unix.SYS_CLOSE, []uint64{1}, unix.SECCOMP_RET_LOG},
		{unix.SYS_CLOSE, []uint64{2}, unix.SECCOMP_RET_LOG},
		{unix.SYS_CLOSE, []uint64{3}, allow},
		{x32 | unix.SYS_WRITE, nil, nosys},
		{2000, nil, allow},
	} {
		if got := answer(t, filter, amd64, c.number, c.args...); got != c.want {
			t.Errorf("%d%v: %#x, want %#x", c.number, c.args, got, c.want)
		}
	}
}

// TestRefuses: what is no profile is an error, and never a filter that lets
// through.
func TestRefuses(t *testing.T) {
	for _, bad := range []string{
		``, `{}`, `[]`, `{"defaultAction": "SCMP_ACT_WHATEVER"}`, `{"syscalls": []}`,
		`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]}`,
		`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]}`,
		`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "op": "SCMP_CMP_X"}]}]}`,
		`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 99999, "syscalls": []}`,
	} {
		if filter, err := Compile([]byte(bad), nil); err == nil {
			t.Errorf("%s: makes a filter of %d bytes", bad, len(filter))
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Default(nil); err != nil {
			b.Fatal(err)
		}
	}
}
