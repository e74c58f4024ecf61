// Client is the second half of the network demonstration: it sends messages to
// the server, those of the command line or else the lines of its input, and
// prints the answers.
//
//	./client 192.168.1.2 8080 'hello'
//	seq 3 | ./client 192.168.1.2 8080
//	./client fd00::2 8080
//
// It leaves at the end of the input (Ctrl-D), or by Ctrl-C.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long an answer is waited for.
const patience = 10 * time.Second

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

// run sends each message and waits for its answer.
func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("usage: client ADDRESS PORT [MESSAGE...]")
	}
	if port, err := strconv.ParseUint(args[1], 10, 16); err != nil || port == 0 {
		return fmt.Errorf("%q is no port: it is a number of 1 to 65535", args[1])
	}
	server := net.JoinHostPort(args[0], args[1])
	conn, err := net.DialTimeout("tcp", server, patience)
	if err != nil {
		return fmt.Errorf("%s: %w", server, cause(err))
	}
	defer conn.Close()
	if len(args) > 2 {
		in = strings.NewReader(strings.Join(args[2:], "\n"))
	}
	lines, answers := bufio.NewScanner(in), bufio.NewScanner(conn)
	for lines.Scan() {
		answer, err := ask(conn, answers, lines.Text())
		if err != nil {
			return fmt.Errorf("%s: %w", server, cause(err))
		}
		fmt.Fprintln(out, answer)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	return nil
}

// ask sends one line and reads the answer.
func ask(conn net.Conn, answers *bufio.Scanner, line string) (string, error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintln(conn, line); err != nil {
		return "", err
	}
	if answers.Scan() {
		return answers.Text(), nil
	}
	if err := answers.Err(); err != nil {
		return "", err
	}
	return "", errors.New("the server has left")
}

// cause is what the kernel or the resolver says, without the names of Go's own
// calls.
func cause(err error) error {
	errno, resolver := syscall.Errno(0), new(net.DNSError)
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &resolver):
		return errors.New(resolver.Err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no answer within %s", patience)
	}
	return err
}
