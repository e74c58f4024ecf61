package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// self is this program, wherever the root is.
const self = "/proc/self/exe"

// forkn starts itself; a child that is there waits for its parent's word.
func forkn(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var inputs []io.Closer
	var children []*exec.Cmd
	var refused error
	for range n {
		child := exec.Command(self, "hold")
		input, err := child.StdinPipe()
		if err == nil {
			err = child.Start()
		}
		if err != nil {
			refused = err
			break
		}
		inputs, children = append(inputs, input), append(children, child)
	}
	fmt.Println(len(children))
	for i, child := range children {
		inputs[i].Close()
		_ = child.Wait() // a child that the limits do not let live has counted too
	}
	return refused
}

// orphan ends before its child does.
func orphan(args []string) error {
	child := exec.Command(self, "sleep", args[0])
	if err := child.Start(); err != nil {
		return err
	}
	fmt.Println(child.Process.Pid)
	return nil
}

func alloc(args []string) error {
	size, err := units.RAMInBytes(args[0])
	if err != nil {
		return err
	}
	memory, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	return err
}

func sleep(args []string) error {
	seconds, err := strconv.ParseFloat(args[0], 64)
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	return err
}

func hold([]string) error {
	bufio.NewScanner(os.Stdin).Scan()
	return nil
}

func write(args []string) error {
	return os.WriteFile(args[0], []byte(args[1]), 0o644)
}

func listen(args []string) error {
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, conn)
	return err
}

func dial(args []string) error {
	conn, err := net.DialTimeout("tcp", args[0], 5*time.Second)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(conn, args[1])
	return errors.Join(err, conn.Close())
}

func exit(args []string) error {
	status, err := strconv.Atoi(args[0])
	if err == nil {
		os.Exit(status)
	}
	return err
}
