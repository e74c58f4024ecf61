// Client is the second half of the network demonstration: it sends messages to
// the server, those of the command line or else the lines of its input, and
// prints the answers.
//
//	./client 192.168.1.2 8080 'hello'
//	seq 3 | ./client 192.168.1.2 8080
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
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
		return errors.New("usage: client ADDRESS PORT [MESSAGE]...")
	}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(args[0], args[1]), patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if len(args) > 2 {
		in = strings.NewReader(strings.Join(args[2:], "\n"))
	}
	answers := bufio.NewScanner(conn)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(conn, lines.Text()); err != nil {
			return err
		}
		if !answers.Scan() {
			return errors.Join(errors.New("the server has left"), answers.Err())
		}
		fmt.Fprintln(out, answers.Text())
	}
	return nil
}
