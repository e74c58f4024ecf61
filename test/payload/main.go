// Payload is what the tests run inside groups, namespaces and roots: a static
// program with verbs, each of which does or tells one thing.
//
//	payload alloc MIB      take so much memory, and end
//	payload fds            list the open descriptors
//	payload winsize        print the terminal's size at the start and at each change
//	payload hold           wait for a line, and end
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	verbs := map[string]func([]string) error{"alloc": alloc, "fds": fds, "winsize": winsize, "hold": hold}
	if len(os.Args) < 2 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "payload: no such verb")
		os.Exit(2)
	}
	if err := verbs[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "payload:", err)
		os.Exit(1)
	}
}

func alloc(args []string) error {
	mib, err := strconv.Atoi(strings.TrimSuffix(args[0], "M"))
	if err != nil {
		return err
	}
	memory, err := unix.Mmap(-1, 0, mib<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	return err
}

func fds([]string) error {
	for fd := range 1024 {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			link, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
			if !strings.HasPrefix(link, "anon_inode:[event") { // those of Go's runtime
				fmt.Println(fd)
			}
		}
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

func hold([]string) error {
	bufio.NewScanner(os.Stdin).Scan()
	return nil
}
