package network

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// capturing runs a capture into a pipe; what it returns gives the file and the
// error, when it has ended.
func capturing(t *testing.T, ctx context.Context, c *Capture, target Target) func() ([]byte, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.Snaplen == 0 {
		c.Snaplen = MaxSnaplen
	}
	ended := make(chan error, 1)
	go func() {
		err := c.Run(ctx, target, w)
		w.Close()
		ended <- err
	}()
	head := make([]byte, 28) // it listens as soon as the section's header is there
	if _, err := io.ReadFull(r, head); err != nil {
		t.Fatal(err, <-ended)
	}
	return func() ([]byte, error) {
		rest, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		return append(head, rest...), <-ended
	}
}

// TestCapture sees frames of both directions, cut, counted, with the time at
// which they came.
func TestCapture(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	for _, c := range []struct {
		target Target
		name   string
	}{{Target{Name: "host-1"}, "host-1"}, {Target{Path: "/run/netns/host-1"}, "/run/netns/host-1"}} {
		began := time.Now()
		result := capturing(t, context.Background(), &Capture{Count: 40, Snaplen: 20}, c.target)
		socket := packetSocket(t, "host-1")
		frame := append(bytes.Repeat([]byte{0xff}, 12), bytes.Repeat([]byte{0x88, 0xb5}, 30)...)
		for range 40 {
			if _, err := unix.Write(socket, frame); err != nil {
				t.Fatal(err)
			}
		}
		file, err := result()
		if err != nil {
			t.Fatal(err)
		}
		all := parse(t, file)
		if len(all) != 43 || string(all[1].options[2]) != "eth0" || string(all[1].options[3]) != c.name {
			t.Fatalf("%s: %d blocks, %+v", c.name, len(all), all[1])
		}
		seen := 0
		for _, p := range all[2:42] {
			if !bytes.Equal(p.body[20:40], frame[:20]) {
				continue // neighbours' own talk
			}
			seen++
			at := int64(binary.LittleEndian.Uint32(p.body[4:]))<<32 | int64(binary.LittleEndian.Uint32(p.body[8:]))
			if p.options[2][0] != 2 || p.body[16] != byte(len(frame)) || at < began.Add(-time.Minute).UnixNano() || at > time.Now().Add(time.Minute).UnixNano() {
				t.Errorf("%s: %+v", c.name, p)
			}
		}
		if seen < 20 || binary.LittleEndian.Uint64(all[42].options[4]) < 40 {
			t.Errorf("%s: %d, %+v", c.name, seen, all[42])
		}
	}
}

// TestCaptureEnds: by its context, by the time, and with the interface; an
// interface that is only down for a while comes back.
func TestCaptureEnds(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	host := Target{Name: "host-1"}
	whole := func(what string, result func() ([]byte, error)) {
		t.Helper()
		file, err := result()
		if all := parse(t, file); err != nil || all[len(all)-1].kind != 5 {
			t.Errorf("%s: %v, %+v", what, err, all)
		}
	}
	whole("time", capturing(t, context.Background(), &Capture{For: time.Millisecond}, host))
	ctx, cancel := context.WithCancel(context.Background())
	result := capturing(t, ctx, &Capture{}, host)
	cancel()
	whole("context", result)
	whole("context before", capturing(t, ctx, &Capture{}, host))

	result = capturing(t, context.Background(), &Capture{Count: 400}, host)
	run(t, "ip", "link", "set", "mc-host-1", "down")
	time.Sleep(2 * downCheck)
	run(t, "ip", "link", "set", "mc-host-1", "up")
	socket := packetSocket(t, "host-1")
	for sent := 0; sent < 400; {
		if _, err := unix.Write(socket, make([]byte, 60)); err == nil {
			sent++
		} else {
			time.Sleep(time.Millisecond)
		}
	}
	whole("down and up", result)

	run(t, "ip", "netns", "add", "theirs")
	run(t, "ip", "-n", "theirs", "link", "add", "d0", "type", "veth", "peer", "name", "d1")
	run(t, "ip", "-n", "theirs", "link", "set", "d0", "up")
	run(t, "ip", "-n", "theirs", "link", "set", "d1", "up")
	result = capturing(t, context.Background(), &Capture{}, Target{Path: "/run/netns/theirs"})
	run(t, "ip", "-n", "theirs", "link", "delete", "d0")
	whole("removed", result)
	run(t, "ip", "netns", "delete", "theirs")
}

// TestCaptureIn: what the host sends to a container comes in, at whichever end
// it is seen.
func TestCaptureIn(t *testing.T) {
	upFor(t, spec(t, "host-1", "192.168.1.2/24"))
	host, err := here()
	if err != nil {
		t.Fatal(err)
	}
	defer host.close()
	l, err := host.conn.find("mc-host-1")
	if err != nil || l == nil {
		t.Fatal(err)
	}
	end, err := openTap(l)
	if err != nil {
		t.Fatal(err)
	}
	defer end.close()
	frame := append(bytes.Repeat([]byte{0xff}, 12), bytes.Repeat([]byte{0x88, 0xb5}, 30)...)
	for _, target := range []Target{{Name: "host-1"}, {Path: "/run/netns/host-1"}} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		result := capturing(t, ctx, &Capture{Count: 40}, target)
		for range 40 {
			if _, err := unix.Write(end.fd, frame); err != nil {
				t.Fatal(err)
			}
		}
		file, err := result()
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, p := range parse(t, file) {
			if p.kind == 6 && bytes.Contains(p.body, frame) {
				seen++
				if p.options[2][0] != 1 {
					t.Errorf("%s: %+v", target, p)
				}
			}
		}
		if seen < 20 {
			t.Errorf("%s: only %d", target, seen)
		}
	}
}
