package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// networks are what changes or forges on the network, and what is reached by
// the host's.
func networks() []try {
	return []try{
		{"raw-socket", socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)},
		{"packet-socket", socket(unix.AF_PACKET, unix.SOCK_RAW, 0)},
		{"vsock", socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0)},
		{"alg", socket(unix.AF_ALG, unix.SOCK_SEQPACKET, 0)},
		{"abstract-socket", func() (string, error) {
			name := os.Getenv("TRIES_SOCKET")
			if name == "" {
				return "", errors.New("TRIES_SOCKET is not set")
			}
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err != nil {
				return "", err
			}
			return name, unix.Connect(fd, &unix.SockaddrUnix{Name: "@" + name})
		}},
		{"own-link", func() (string, error) {
			lo, err := netlink.LinkByName("lo")
			if err != nil {
				return "", err
			}
			return "lo", netlink.LinkSetAlias(lo, lo.Attrs().Alias)
		}},
		{"own-address", func() (string, error) {
			lo, err := netlink.LinkByName("lo")
			if err != nil {
				return "", err
			}
			address, err := netlink.ParseAddr("127.9.9.9/32")
			if err != nil {
				return "", err
			}
			return "lo", netlink.AddrAdd(lo, address)
		}},
	}
}

// listen waits at the socket whose name is TRIES_SOCKET, in the namespace of
// the network.
func listen() int {
	l, err := net.Listen("unix", "@"+os.Getenv("TRIES_SOCKET"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("ready")
	for {
		if _, err := l.Accept(); err != nil {
			return 1
		}
	}
}

func socket(family, kind, protocol int) func() (string, error) {
	return func() (string, error) {
		fd, err := unix.Socket(family, kind, protocol)
		if err != nil {
			return "", err
		}
		return "a socket", unix.Close(fd)
	}
}
