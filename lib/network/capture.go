package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// MaxSnaplen is the most that is kept of a packet, in bytes: readers take no
// more.
const MaxSnaplen = 262144

// Capture is what to see of a network's packets.
type Capture struct {
	Ifname  string        // of the interface inside; empty for all of a container's, or a namespace's first
	Snaplen int           // bytes that are kept of each, at most MaxSnaplen
	Count   uint          // of packets, 0 for no end
	For     time.Duration // 0 for no end

	taps   []*tap
	out    *os.File
	seen   uint
	buffer []byte
}

// batch is how many packets of an interface are taken before the next has its
// turn, and downCheck how soon it is seen that one that was down is removed.
const (
	batch     = 64
	downCheck = 100 * time.Millisecond
)

// errEnough ends a capture that has all it wants.
var errEnough = errors.New("enough")

// Run writes the packets of the target as pcapng, each at once, until the
// context ends, the count or the time is reached, the interfaces or the reader
// are gone. None of these is an error.
func (c *Capture) Run(ctx context.Context, t Target, out *os.File) (err error) {
	if _, err := unix.IoctlGetTermios(int(out.Fd()), unix.TCGETS); err == nil {
		return fmt.Errorf("%s: packets are not for a terminal: append '> file' or '| tcpdump -r -'", t)
	}
	defer func() {
		for _, t := range c.taps {
			t.close()
		}
	}()
	if err := c.open(t); err != nil {
		return about(t.String(), err)
	}
	c.out, c.buffer = out, make([]byte, c.Snaplen)
	err = c.write(ctx)
	if errors.Is(err, unix.EPIPE) {
		return nil
	}
	return about(t.String(), err)
}

func (c *Capture) open(t Target) error {
	if t.Name == "" {
		return c.openInside(t)
	}
	found, err := Find(t.Name)
	if err != nil {
		return errors.Unwrap(err)
	}
	host, err := here()
	if err != nil {
		return err
	}
	defer host.close()
	names := []string{}
	for _, one := range append([]*Container{found}, found.Further...) {
		names = append(names, one.Interface)
		if one.Link == "" || c.Ifname != "" && one.Interface != c.Ifname {
			continue
		}
		l, err := host.conn.find(one.Link)
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		tap, err := openTap(l)
		if err != nil {
			return err
		}
		tap.name, tap.description, tap.outer = one.Interface, string(t.Name), true
		c.taps = append(c.taps, tap)
	}
	return c.some(names)
}

// openInside is for a namespace, which may have no end on this host.
func (c *Capture) openInside(t Target) error {
	in, err := enter(t.Path)
	if err != nil {
		return errors.Unwrap(err)
	}
	defer in.close()
	links, err := in.conn.links()
	if err != nil {
		return err
	}
	names := []string{}
	for _, l := range links {
		names = append(names, l.Name)
		if len(c.taps) > 0 || (c.Ifname == "" && l.Index == loopback) || (c.Ifname != "" && l.Name != c.Ifname) {
			continue
		}
		err := visit(in.fd, func() error {
			tap, err := openTap(l)
			if err == nil {
				tap.description = t.Path
				c.taps = append(c.taps, tap)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return c.some(names)
}

// some is an error when there is no interface to listen at.
func (c *Capture) some(names []string) error {
	switch {
	case len(c.taps) > 0:
		return nil
	case c.Ifname != "":
		return fmt.Errorf("has no interface %s, but %s", c.Ifname, strings.Join(names, ", "))
	}
	return errors.New("has no interface but lo")
}

// write writes the whole file.
func (c *Capture) write(ctx context.Context) error {
	head := section()
	for _, t := range c.taps {
		head = append(head, description(t, c.Snaplen)...)
	}
	if _, err := c.out.Write(head); err != nil {
		return err
	}
	if err := c.watch(ctx); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	var tail []byte
	for i, t := range c.taps {
		s, err := unix.GetsockoptTpacketStats(t.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
		if err != nil {
			return fmt.Errorf("packet socket: statistics: %w", err)
		}
		tail = append(tail, statistics(i, time.Now(), s.Packets, s.Drops)...)
	}
	_, err := c.out.Write(tail)
	return err
}

// watch waits at all interfaces, for the end of the context, and for that of
// the reader, which a pipe tells although nothing is written.
func (c *Capture) watch(ctx context.Context) error {
	var wake [2]int
	if err := unix.Pipe2(wake[:], unix.O_CLOEXEC); err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	defer unix.Close(wake[0])
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { unix.Close(wake[1]); close(woken) })
	defer func() {
		if stop() {
			unix.Close(wake[1])
		} else {
			<-woken
		}
	}()
	polled := []unix.PollFd{{Fd: int32(wake[0])}, {Fd: int32(c.out.Fd())}}
	for _, t := range c.taps {
		polled = append(polled, unix.PollFd{Fd: int32(t.fd), Events: unix.POLLIN})
	}
	end := time.Now().Add(c.For)
	for c.For == 0 || time.Now().Before(end) {
		_, err := unix.Poll(polled, c.patience(end))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("poll: %w", err)
		}
		if polled[0].Revents != 0 || polled[1].Revents != 0 {
			return nil
		}
		if err := c.take(polled[2:]); err != nil {
			return err
		}
	}
	return nil
}

// patience is how long to wait for packets, in milliseconds; -1 for ever.
func (c *Capture) patience(end time.Time) int {
	wait := time.Duration(math.MaxInt64)
	if c.For != 0 {
		wait = time.Until(end)
	}
	if slices.ContainsFunc(c.taps, func(t *tap) bool { return t.down }) {
		wait = min(wait, downCheck)
	}
	if wait == math.MaxInt64 {
		return -1
	}
	return int(min(max(wait/time.Millisecond+1, 0), math.MaxInt32))
}

// take writes what has come, and leaves interfaces that are gone.
func (c *Capture) take(polled []unix.PollFd) error {
	left := 0
	for i, t := range c.taps {
		if polled[i].Revents != 0 {
			if err := c.drain(i, t); err != nil {
				return err
			}
		}
		if t.down && polled[i].Fd >= 0 {
			gone, err := t.gone()
			if err != nil {
				return err
			}
			if gone {
				polled[i].Fd, t.down = -1, false
			}
		}
		if polled[i].Fd >= 0 {
			left++
		}
	}
	if left == 0 {
		return errEnough
	}
	return nil
}

func (c *Capture) drain(on int, t *tap) error {
	for range batch {
		p, err := t.read(c.buffer)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENETDOWN):
			t.down = true
			continue
		case err != nil:
			return fmt.Errorf("%s: read: %w", t.name, err)
		}
		p.on = on
		if _, err := c.out.Write(p.block()); err != nil {
			return err
		}
		if c.seen++; c.seen == c.Count {
			return errEnough
		}
	}
	return nil
}
