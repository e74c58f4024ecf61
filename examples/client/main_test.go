package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// answerer is a server that answers each line by what answer makes of it, and
// hangs up when it makes nothing.
func answerer(t *testing.T, address string, answer func(string) string) (host, port string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for lines := bufio.NewScanner(conn); lines.Scan() && answer(lines.Text()) != ""; {
				fmt.Fprintln(conn, answer(lines.Text()))
			}
			conn.Close()
		}
	}()
	host, port, _ = net.SplitHostPort(listener.Addr().String())
	return host, port
}

// TestSend talks to a server that answers in capitals.
func TestSend(t *testing.T) {
	four, fourPort := answerer(t, "127.0.0.1:0", strings.ToUpper)
	six, sixPort := answerer(t, "[::1]:0", strings.ToUpper)
	for _, c := range []struct {
		args []string
		in   string
		want string
	}{
		{[]string{four, fourPort, "hello"}, "unread", "HELLO\n"},
		{[]string{four, fourPort, "a", "b c"}, "", "A\nB C\n"},
		{[]string{four, fourPort}, "one\ntwo", "ONE\nTWO\n"},
		{[]string{four, fourPort}, "", ""},
		{[]string{six, sixPort, "six"}, "", "SIX\n"},
	} {
		var out strings.Builder
		if err := run(c.args, strings.NewReader(c.in), &out); err != nil || out.String() != c.want {
			t.Errorf("%q: %q, %v", c.args, out.String(), err)
		}
	}
}

// TestErrors looks at the one line that a person gets.
func TestErrors(t *testing.T) {
	host, port := answerer(t, "127.0.0.1:0", func(string) string { return "" })
	closed := free(t)
	for _, c := range []struct {
		args []string
		in   string
		want string
	}{
		{nil, "", "usage: client ADDRESS PORT [MESSAGE...]"},
		{[]string{"127.0.0.1"}, "", "usage: client ADDRESS PORT [MESSAGE...]"},
		{[]string{"127.0.0.1", "x"}, "", `"x" is no port: it is a number of 1 to 65535`},
		{[]string{"127.0.0.1", "65536"}, "", `"65536" is no port: it is a number of 1 to 65535`},
		{[]string{"127.0.0.1", "0"}, "", `"0" is no port: it is a number of 1 to 65535`},
		{[]string{"127.0.0.1", closed}, "", "127.0.0.1:" + closed + ": connection refused"},
		{[]string{"::1", closed}, "", "[::1]:" + closed + ": connection refused"},
		{[]string{host, port, "x"}, "", host + ":" + port + ": the server has left"},
		{[]string{host, port}, strings.Repeat("x", bufio.MaxScanTokenSize+1), "input: bufio.Scanner: token too long"},
	} {
		if err := run(c.args, strings.NewReader(c.in), io.Discard); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.args, err, c.want)
		}
	}
	// A name without an address: the resolver's words differ between hosts.
	if err := run([]string{"no such host", "1"}, strings.NewReader(""), io.Discard); err == nil || !strings.HasPrefix(err.Error(), "no such host:1: ") {
		t.Errorf("a name that is none: %v", err)
	}
}

// free is a port on which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
