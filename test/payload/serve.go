package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// patience is how long an answer may take.
const patience = 5 * time.Second

// serve answers until it is ended.
func serve(args []string) error {
	if strings.HasPrefix(args[0], "udp") {
		return serveUDP(args)
	}
	listener, err := net.Listen(args[0], args[1])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(conn, host(conn.RemoteAddr()))
		conn.Close()
	}
}

func serveUDP(args []string) error {
	conn, err := net.ListenPacket(args[0], args[1])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for buffer := make([]byte, 100); ; {
		_, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return err
		}
		if _, err := conn.WriteTo([]byte(host(from)+"\n"), from); err != nil {
			return err
		}
	}
}

// host is an address without its port.
func host(a net.Addr) string {
	h, _, _ := net.SplitHostPort(a.String())
	return strings.TrimPrefix(h, "::ffff:")
}

func ask(args []string) error {
	conn, err := net.DialTimeout(args[0], args[1], patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if strings.HasPrefix(args[0], "udp") {
		if _, err := fmt.Fprintln(conn, "where from?"); err != nil {
			return err
		}
	}
	answer := make([]byte, 100)
	n, err := io.ReadAtLeast(conn, answer, 1)
	fmt.Print(string(answer[:n]))
	return err
}
