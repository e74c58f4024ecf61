package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// running is a server on a free port.
type running struct {
	port  string
	lines *bufio.Scanner // what it prints
	stop  chan os.Signal
	done  chan error
}

func start(t *testing.T) *running {
	t.Helper()
	reader, writer := io.Pipe()
	r := &running{lines: bufio.NewScanner(reader), stop: make(chan os.Signal, 1), done: make(chan error, 1)}
	go func() { r.done <- run([]string{"0"}, writer, r.stop) }()
	if !r.lines.Scan() {
		t.Fatal(<-r.done)
	}
	r.port = r.lines.Text()[strings.LastIndexByte(r.lines.Text(), ':')+1:]
	return r
}

// TestServe says something to a server over both families, and stops it.
func TestServe(t *testing.T) {
	server := start(t)
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.Dial("tcp", net.JoinHostPort(host, server.port))
		if err != nil {
			t.Fatal(err)
		}
		answers := bufio.NewScanner(conn)
		for _, message := range []string{"one", "two words", ""} {
			fmt.Fprintln(conn, message)
			if server.lines.Scan(); server.lines.Text() != conn.LocalAddr().String()+": "+message {
				t.Errorf("printed %q", server.lines.Text())
			}
			if answers.Scan(); answers.Text() != "received: "+message {
				t.Errorf("answered %q", answers.Text())
			}
		}
		conn.Close()
	}
	server.stop <- os.Interrupt
	if err := <-server.done; err != nil {
		t.Error(err)
	}
}

// TestTwoClients are served at the same time, and one that sends too much does
// not disturb the other.
func TestTwoClients(t *testing.T) {
	server := start(t)
	defer func() { server.stop <- os.Interrupt }()
	var conns [2]net.Conn
	for i := range conns {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+server.port, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i] = conn
	}
	go func() { _, _ = conns[0].Write(make([]byte, bufio.MaxScanTokenSize+1)) }()
	if server.lines.Scan(); !strings.HasSuffix(server.lines.Text(), "has left: bufio.Scanner: token too long") {
		t.Errorf("printed %q", server.lines.Text())
	}
	fmt.Fprintln(conns[1], "still here")
	if server.lines.Scan(); !strings.HasSuffix(server.lines.Text(), ": still here") {
		t.Errorf("printed %q", server.lines.Text())
	}
}

func TestPortInUse(t *testing.T) {
	server := start(t)
	defer func() { server.stop <- os.Interrupt }()
	err := run([]string{server.port}, io.Discard, nil)
	if want := "port " + server.port + ": address already in use"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"a"}, {"-1"}, {"65536"}, {"1", "2"}, {"-h"}} {
		if err := run(args, io.Discard, nil); err == nil {
			t.Errorf("%q: is taken", args)
		}
	}
}
