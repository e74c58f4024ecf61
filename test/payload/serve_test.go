package main

import (
	"bufio"
	"net"
	"strings"
	"testing"
)

// A server tells each client where it comes from, until it is ended.
func TestServe(t *testing.T) {
	for _, network := range []string{"tcp", "tcp4", "udp"} {
		address := free(t, network)
		server := payload(t, "serve", network, address)
		out, err := server.StdoutPipe()
		if err == nil {
			err = server.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bufio.NewScanner(out).Scan() {
			t.Fatalf("%s: the server does not get ready", network)
		}
		for range 3 {
			said, err := payload(t, "ask", network, address).CombinedOutput()
			if err != nil || string(said) != "127.0.0.1\n" {
				t.Errorf("%s: %q, %v", network, said, err)
			}
		}
		_ = server.Process.Kill()
		_ = server.Wait()
		said, err := payload(t, "ask", network, address).CombinedOutput()
		if err == nil || !strings.Contains(string(said), "refused") {
			t.Errorf("%s: of nobody: %q, %v", network, said, err)
		}
	}
}

// free is an address on which nobody listens just now.
func free(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket(network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.LocalAddr().String()
	}
	l, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// An address that cannot be had is an error.
func TestServeNothing(t *testing.T) {
	for _, args := range [][]string{{"serve", "tcp", "203.0.113.1:1"}, {"serve", "udp", "203.0.113.1:1"}, {"serve", "x", ":1"}, {"ask", "x", ":1"}} {
		if out, err := payload(t, args...).CombinedOutput(); err == nil {
			t.Errorf("%q: %q", args, out)
		}
	}
}
