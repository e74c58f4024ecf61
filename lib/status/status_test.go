package status

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The variable's value is the number of an open descriptor, or an error.
func TestFD(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if fd, err := FD(fmt.Sprint(w.Fd())); err != nil || fd != int(w.Fd()) {
		t.Errorf("%d, %v", fd, err)
	}
	if fd, err := FD(""); err != nil || fd != -1 {
		t.Errorf("none: %d, %v", fd, err)
	}
	for _, value := range []string{"x", "-1", "1x", " 1", "99999", "1.5", "9999999999999999999999"} {
		if fd, err := FD(value); err == nil || fd != -1 {
			t.Errorf("%q is taken as %d", value, fd)
		}
	}
}

// A line is one line of JSON with what was said, and with the time.
func TestWrite(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	before := float64(time.Now().UnixMicro()) / 1e6
	Write(int(w.Fd()), Line{Link: "mc-ns", Step: "two\nlines", Next: "sh"})
	Write(int(w.Fd()), Failure("mc-net", "ip link add", fmt.Errorf("mc0: %w", unix.EPERM), 125))
	Write(-1, Line{Link: "nowhere"})
	w.Close()
	var lines []map[string]any
	for scan := bufio.NewScanner(r); scan.Scan(); {
		line := map[string]any{}
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", scan.Text(), err)
		}
		lines = append(lines, line)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	first, second := lines[0], lines[1]
	if at := first["time"].(float64); at < before || at > before+60 {
		t.Errorf("the time is %f, before it was %f", at, before)
	}
	if first["step"] != "two\nlines" || first["next"] != "sh" || first["exit"] != nil || first["error"] != nil {
		t.Errorf("got %v", first)
	}
	if second["errno"] != "EPERM" || second["exit"] != 125.0 || second["error"] != "mc0: operation not permitted" {
		t.Errorf("got %v", second)
	}
}

// A status of 0 is said: it is not the same as none.
func TestExitZero(t *testing.T) {
	zero := 0
	text, err := json.Marshal(Line{Exit: &zero})
	if err != nil || string(text) != `{"time":0,"link":"","step":"","exit":0}` {
		t.Errorf("%s, %v", text, err)
	}
	if l := Failure("mc-net", "", errors.New("x"), 125); l.Errno != "" {
		t.Errorf("an error without an errno has %s", l.Errno)
	}
}

// A reader that has gone is no error, and no signal: the next writer's line
// is still written to a reader that is there.
func TestReaderGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	if _, err := unix.Write(int(w.Fd()), []byte("x")); !errors.Is(err, unix.EPIPE) {
		t.Fatalf("the reader is not gone: %v", err)
	}
	Write(int(w.Fd()), Line{Link: "mc-ns", Step: "exec"})
}

// Lines of many writers do not mix: each is one write(2).
func TestManyWriters(t *testing.T) {
	const writers, each = 8, 20
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd := int(w.Fd()) // blocking from here on, as a descriptor that is inherited
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for range each {
				Write(fd, Line{Link: "mc-ns", Step: strings.Repeat(string(rune('a'+i)), 500), PID: i + 1})
			}
		})
	}
	go func() {
		all.Wait()
		w.Close()
	}()
	seen := map[int]int{}
	for scan := bufio.NewScanner(r); scan.Scan(); {
		var line Line
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, scan.Text())
		}
		if line.Step != strings.Repeat(string(rune('a'+line.PID-1)), 500) {
			t.Fatalf("mixed: %s", scan.Text())
		}
		seen[line.PID]++
	}
	for i := range writers {
		if seen[i+1] != each {
			t.Errorf("writer %d: %d lines, want %d", i+1, seen[i+1], each)
		}
	}
}

// What is not known is left out, and the errno is that of the innermost cause.
func TestFailure(t *testing.T) {
	for _, c := range []struct {
		err   error
		errno string
	}{
		{unix.ENOSPC, "ENOSPC"},
		{fmt.Errorf("a: %w", &os.PathError{Op: "open", Path: "/x", Err: unix.ENOENT}), "ENOENT"},
		{errors.Join(errors.New("a"), fmt.Errorf("b: %w", unix.EBUSY)), "EBUSY"},
		{errors.New("EPERM"), ""},
	} {
		l := Failure("mc-net", "step", c.err, 126)
		if l.Errno != c.errno || l.Error != c.err.Error() || l.Exit == nil || *l.Exit != 126 || l.PID != os.Getpid() || l.Step != "step" {
			t.Errorf("%v: %+v", c.err, l)
		}
	}
}
