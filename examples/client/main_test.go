package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// TestSend talks to a server that answers in capitals.
func TestSend(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				fmt.Fprintln(conn, strings.ToUpper(lines.Text()))
			}
		}
	}()
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, c := range []struct {
		args []string
		in   string
		want string
	}{
		{[]string{host, port, "hello"}, "unread", "HELLO\n"},
		{[]string{host, port, "a", "b c"}, "", "A\nB C\n"},
		{[]string{host, port}, "one\ntwo\n", "ONE\nTWO\n"},
		{[]string{host, port}, "", ""},
	} {
		var out strings.Builder
		if err := run(c.args, strings.NewReader(c.in), &out); err != nil || out.String() != c.want {
			t.Errorf("%q: %q, %v", c.args, out.String(), err)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"127.0.0.1"}, {"127.0.0.1", "x"}, {"127.0.0.1", "1", "refused"}} {
		if err := run(args, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%q: is taken", args)
		}
	}
}
