package network

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// child marks the process that runs the tests.
const child = "MC_NETWORK_TEST_CHILD"

// TestMain runs the tests in a process of its own in a network namespace and
// a mount namespace of their own with a private /run: a thread alone would not
// do, as the code under test has threads.
func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(again())
	}
	for _, err := range []error{
		unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""),
		unix.Mount("run", "/run", "tmpfs", 0, ""),
	} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "mount:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func again() int {
	self := exec.Command("/proc/self/exe", os.Args[1:]...)
	self.Env = append(os.Environ(), child+"=1")
	self.Stdin, self.Stdout, self.Stderr = os.Stdin, os.Stdout, os.Stderr
	self.SysProcAttr = ownNet()
	self.SysProcAttr.Unshareflags |= syscall.CLONE_NEWNS
	err := self.Run()
	exit := new(exec.ExitError)
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, "network tests need root:", err)
		return 1
	}
	return 0
}

// ownNet is a process in a network namespace of its own.
func ownNet() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
}
