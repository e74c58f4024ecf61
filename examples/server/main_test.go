package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// TestServe starts a server on a free port, says something to it twice, and
// stops it.
func TestServe(t *testing.T) {
	reader, writer := io.Pipe()
	stop := make(chan os.Signal, 1)
	done := make(chan error)
	go func() { done <- run([]string{"0"}, writer, stop) }()
	lines := bufio.NewScanner(reader)
	lines.Scan()
	address := strings.TrimPrefix(lines.Text(), "listening on [::]:")
	conn, err := net.Dial("tcp", "127.0.0.1:"+address)
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(conn)
	for _, message := range []string{"one", "two words"} {
		fmt.Fprintln(conn, message)
		if lines.Scan(); !strings.HasSuffix(lines.Text(), ": "+message) {
			t.Errorf("printed %q", lines.Text())
		}
		if answers.Scan(); answers.Text() != "received: "+message {
			t.Errorf("answered %q", answers.Text())
		}
	}
	stop <- os.Interrupt
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"a"}, {"-1"}, {"65536"}, {"1", "2"}} {
		if err := run(args, io.Discard, nil); err == nil {
			t.Errorf("%q: is taken", args)
		}
	}
}
