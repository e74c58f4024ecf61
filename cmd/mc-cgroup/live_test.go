package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/screen"
)

// counted is a view that ends by itself.
type counted struct {
	looks, most int
	err         error
}

func (c *counted) look() error {
	if c.looks++; c.looks > c.most {
		return c.err
	}
	return nil
}

func (c *counted) picture(screen.Page) []string { return []string{"picture"} }

func (c *counted) write(line func(string, any) error) error {
	return line(fmt.Sprintf("look %d\n", c.looks), c.looks)
}

// TestLines: so many as are asked for, the end of the group is a clean end, and
// another error is one.
func TestLines(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		flags          liveFlags
		view           counted
		want           error
		stdout, stderr string
	}{
		{liveFlags{Interval: shortest, Count: 2}, counted{most: 9}, nil, "look 1\nlook 2\n", ""},
		{liveFlags{Interval: shortest}, counted{most: 1, err: fmt.Errorf("a: %w", cgroup.ErrGone)}, nil, "look 1\n", "mc-cgroup: a: was removed\n"},
		{liveFlags{Interval: shortest}, counted{most: 1, err: broken}, broken, "look 1\n", ""},
	} {
		var stdout, stderr bytes.Buffer
		env := &cli.Env{Tool: "mc-cgroup", Stdout: &stdout, Stderr: &stderr}
		if err := c.flags.run(env, &c.view); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.flags, err)
		}
		if stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%+v: %q, %q", c.flags, stdout.String(), stderr.String())
		}
	}
}

// TestLiveFlags: what makes no sense is said before anything is looked at.
func TestLiveFlags(t *testing.T) {
	for want, flags := range map[string]liveFlags{
		"--interval: is 10ms at least": {Interval: 1},
	} {
		v := &counted{most: 9}
		if err := flags.run(&cli.Env{}, v); err == nil || err.Error() != want || v.looks > 0 {
			t.Errorf("%+v: %v after %d looks", flags, err, v.looks)
		}
	}
	long := liveFlags{Interval: cli.Time(time.Minute)}
	if long.pause(0) != 200*time.Millisecond || long.pause(1) != time.Minute {
		t.Errorf("%v, %v", long.pause(0), long.pause(1))
	}
	short := liveFlags{Interval: shortest}
	if short.pause(0) != 10*time.Millisecond || short.pause(1) != 10*time.Millisecond {
		t.Errorf("%v, %v", short.pause(0), short.pause(1))
	}
}

// TestSeries keeps the newest, and knows the highest.
func TestSeries(t *testing.T) {
	var s series
	if s.top(3) != 3 {
		t.Errorf("%v", s.top(3))
	}
	s.add(math.NaN())
	for i := range mostValues + 5 {
		s.add(float64(i))
	}
	if len(s) != mostValues || s[0] != 5 || s.top(3) != mostValues+4 {
		t.Errorf("%d values from %v to %v", len(s), s[0], s.top(3))
	}
	s.add(math.NaN())
	if s.top(1e9) != 1e9 {
		t.Errorf("%v", s.top(1e9))
	}
}

// TestPicture: figures and their past; a narrow window has figures alone.
func TestPicture(t *testing.T) {
	share, half := 0.25, 0.5
	w := &watched{interval: time.Second}
	g := fake(t)
	for _, memory := range []cgroup.Amount{"1048576", "5242880", "10485760"} {
		s := *g
		s.Memory, s.MemoryMax, s.CPU, s.CPUMax = memory, "10485760", &share, &half
		s.Pressure = map[string]*float64{"cpu": &half}
		w.take(&s)
	}
	wide := w.picture(screen.Page{Columns: 60, Rows: 20, Unicode: true})
	for i, want := range map[int]string{
		0: "host-1  empty, ",
		2: "memory            10MiB of 10MiB                         ▁▄█",
		3: "cpu               25% of 50%                             ▄▄▄",
		6: "cpu pressure      50%                                    ▄▄▄",
		7: "io pressure       -                                         ",
	} {
		if !strings.HasPrefix(wide[i], want) {
			t.Errorf("line %d: %q, not %q", i, wide[i], want)
		}
	}
	narrow := w.picture(screen.Page{Columns: 40, Rows: 20, Unicode: true, Colour: true})
	if narrow[2] != "\x1b[31mmemory            10MiB of 10MiB\x1b[0m" || narrow[3] != "\x1b[32mcpu               25% of 50%\x1b[0m" || len(narrow) != len(wide) {
		t.Errorf("%q", narrow)
	}
}

// fake is a sample of a group that does nothing.
func fake(t *testing.T) *cgroup.Sample {
	t.Helper()
	s := (&cgroup.State{Name: "host-1"}).Since(&cgroup.State{Name: "host-1"}, time.Second)
	s.Time = 1
	return s
}
