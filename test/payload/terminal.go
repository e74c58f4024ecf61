package main

import (
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// tty says of each stream whether it is a terminal; and of the first that is
// one, whether it is the session's, and whether this process has it.
func tty([]string) error {
	for fd, stream := range []string{"stdin", "stdout", "stderr"} {
		if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
			fmt.Println(stream, "is none")
			continue
		}
		name, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		fmt.Println(stream, "is", name)
	}
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		fmt.Println("session has none")
		return nil
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	if err != nil {
		return err
	}
	if group == unix.Getpgrp() {
		fmt.Println("foreground")
	} else {
		fmt.Println("background")
	}
	return nil
}

func winsize([]string) error {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	for {
		size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			return err
		}
		fmt.Printf("%dx%d\n", size.Col, size.Row)
		<-changed
	}
}
