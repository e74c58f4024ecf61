package main

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// call makes a system call whose arguments can do no harm. The errors are those
// that it gives when it was allowed.
func call(number uintptr, args [4]uintptr, allowed ...unix.Errno) func() (string, error) {
	return func() (string, error) {
		n, _, errno := unix.RawSyscall6(number, args[0], args[1], args[2], args[3], 0, 0)
		if errno == 0 {
			return fmt.Sprint(n), nil
		}
		for _, a := range allowed {
			if errno == a {
				return "is allowed", nil
			}
		}
		return "", errno
	}
}

// text is a C string that lives as long as the program.
func text(s string) uintptr {
	p, err := unix.BytePtrFromString(s)
	if err != nil {
		return 0
	}
	return uintptr(unsafe.Pointer(p))
}

// calls are system calls that reach into the kernel.
func calls() []try {
	nowhere := text("/no/such/file")
	return []try{
		{"init-module", call(unix.SYS_INIT_MODULE, [4]uintptr{nowhere, 0, nowhere}, unix.ENOEXEC, unix.EFAULT, unix.EINVAL)},
		{"finit-module", call(unix.SYS_FINIT_MODULE, [4]uintptr{^uintptr(0), nowhere}, unix.EBADF)},
		{"delete-module", call(unix.SYS_DELETE_MODULE, [4]uintptr{nowhere, unix.O_NONBLOCK}, unix.ENOENT)},
		{"kexec", call(unix.SYS_KEXEC_LOAD, [4]uintptr{0, 1 << 20, 0, 0}, unix.EINVAL)},
		{"reboot", call(unix.SYS_REBOOT, [4]uintptr{unix.LINUX_REBOOT_MAGIC1, unix.LINUX_REBOOT_MAGIC2, 0x1111}, unix.EINVAL)},
		{"swapon", call(unix.SYS_SWAPON, [4]uintptr{nowhere}, unix.ENOENT)},
		{"acct", call(unix.SYS_ACCT, [4]uintptr{nowhere}, unix.ENOENT)},
		{"quotactl", call(unix.SYS_QUOTACTL, [4]uintptr{0x80000300, nowhere, 0, 0}, unix.ENOENT, unix.ENODEV)},
		{"settime", func() (string, error) {
			if _, err := unix.ClockAdjtime(unix.CLOCK_REALTIME, &unix.Timex{Modes: unix.ADJ_OFFSET_SINGLESHOT}); err != nil {
				return "", err
			}
			return "the clock", nil
		}},
		{"sethostname", func() (string, error) {
			var u unix.Utsname
			if err := unix.Uname(&u); err != nil {
				return "", err
			}
			return "the same", unix.Sethostname([]byte(unix.ByteSliceToString(u.Nodename[:])))
		}},
		{"syslog", call(unix.SYS_SYSLOG, [4]uintptr{10}, 0)},
		{"bpf", call(unix.SYS_BPF, [4]uintptr{0, text("\x02"), 0}, unix.EINVAL, unix.E2BIG)},
		{"perf", call(unix.SYS_PERF_EVENT_OPEN, [4]uintptr{nowhere, 0, ^uintptr(0), ^uintptr(0)}, unix.EINVAL, unix.E2BIG, unix.EFAULT, unix.ENOENT)},
		{"userfaultfd", call(unix.SYS_USERFAULTFD, [4]uintptr{0})},
		{"io-uring", call(unix.SYS_IO_URING_SETUP, [4]uintptr{1, uintptr(unsafe.Pointer(new([120]byte)))})},
		{"keyctl", func() (string, error) {
			id, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false)
			return fmt.Sprint(id), err
		}},
		{"iopl", call(unix.SYS_IOPL, [4]uintptr{3})},
		{"personality", call(unix.SYS_PERSONALITY, [4]uintptr{0x0400000})},
		{"nice", func() (string, error) { return "a better priority", unix.Setpriority(unix.PRIO_PROCESS, 0, -20) }},
		{"realtime", func() (string, error) { return "a thread", realtime() }},
	}
}

// realtime asks for a scheduling before all others (sched(7)).
func realtime() error {
	return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0)
}
