// Server is the first half of the network demonstration: it listens on a port
// of every address, prints each line that arrives with the address that sent
// it, and answers it.
//
//	./server 8080
//
// Port 0 takes any that is free. A client leaves by closing its connection;
// SIGTERM and Ctrl-C end the server.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	if err := run(os.Args[1:], os.Stdout, stop); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// run serves until a signal comes.
func run(args []string, out io.Writer, stop <-chan os.Signal) error {
	if len(args) != 1 {
		return errors.New("usage: server PORT")
	}
	port, err := strconv.ParseUint(args[0], 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no port: it is a number of 0 to 65535", args[0])
	}
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return fmt.Errorf("port %d: %w", port, cause(err))
	}
	go func() {
		<-stop
		listener.Close()
	}()
	fmt.Fprintf(out, "listening on %s\n", listener.Addr())
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("port %d: %w", port, cause(err))
		}
		go serve(conn, out)
	}
}

// serve answers one client, line by line, until it leaves. A line that is too
// long for the scanner ends the connection: the server lives in 10 MiB.
func serve(conn net.Conn, out io.Writer) {
	defer conn.Close()
	peer := conn.RemoteAddr()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		fmt.Fprintf(out, "%s: %s\n", peer, lines.Text())
		if _, err := fmt.Fprintf(conn, "received: %s\n", lines.Text()); err != nil {
			fmt.Fprintf(out, "%s has left: %v\n", peer, cause(err))
			return
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintf(out, "%s has left: %v\n", peer, cause(err))
	}
}

// cause is what the kernel says, without the names of Go's own calls.
func cause(err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return errno
	}
	return err
}
