package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func sig([]string) error {
	came := make(chan os.Signal, 64)
	signal.Notify(came)
	fmt.Println("ready")
	for s := range came {
		switch s {
		case unix.SIGURG: // Go's runtime sends it to itself
		case unix.SIGTERM:
			fmt.Println("TERM")
			return nil
		default:
			fmt.Println(unix.SignalName(s.(syscall.Signal))[len("SIG"):])
		}
	}
	return nil
}

func ignore([]string) error {
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	fmt.Println("ready")
	time.Sleep(time.Minute) // and no longer: a test that goes wrong leaves nothing
	return fmt.Errorf("nobody has killed it")
}

func selfkill(args []string) error {
	number, err := strconv.Atoi(args[0])
	if err != nil {
		number = int(unix.SignalNum("SIG" + args[0]))
	}
	if number == 0 {
		return fmt.Errorf("%s: no such signal", args[0])
	}
	if err := byDefault(number); err != nil {
		return err
	}
	if err := unix.Kill(os.Getpid(), syscall.Signal(number)); err != nil {
		return err
	}
	time.Sleep(time.Second)
	return fmt.Errorf("%s: has survived it", args[0])
}

// byDefault takes the signal away from Go's runtime, which makes a dump and a
// status of its own of some; and lets nobody write a core file.
func byDefault(number int) error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("no core file: %w", err)
	}
	var action [4]uint64 // struct sigaction of the kernel, as SIG_DFL
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(number), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	if errno != 0 && number != int(unix.SIGKILL) && number != int(unix.SIGSTOP) {
		return fmt.Errorf("rt_sigaction: %w", errno)
	}
	return nil
}
