package cgroup

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestParsePressure reads what the kernel writes, older ones and broken lines.
func TestParsePressure(t *testing.T) {
	both := "some avg10=12.50 avg60=3.25 avg300=0.75 total=123456\nfull avg10=1.00 avg60=0.50 avg300=0.25 total=4567\n"
	want := &Pressure{
		Some: Waits{Avg10: 12.5, Avg60: 3.25, Avg300: 0.75, Total: 123456},
		Full: Waits{Avg10: 1, Avg60: 0.5, Avg300: 0.25, Total: 4567},
	}
	if got := parsePressure(both); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	// Before Linux 5.13 nothing is said of all that wait for a processor.
	want.Full = Waits{}
	if got := parsePressure("some avg10=12.50 avg60=3.25 avg300=0.75 total=123456\n"); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"", "some\n", "nonsense a b\n"} {
		if got := parsePressure(text); got != nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestParseIO adds all devices up.
func TestParseIO(t *testing.T) {
	for text, want := range map[string]IO{
		"": {},
		"8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=7 dios=1":                         {Read: 4096, Written: 8192},
		"8:0 rbytes=1 wbytes=2 rios=3 wios=4\n259:1 rbytes=10 wbytes=20 rios=1 wios=1\n7:0": {Read: 11, Written: 22},
	} {
		if got := parseIO(text); *got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestDiskUse: a process of the group has written, and so many bytes are told
// while it lives.
func TestDiskUse(t *testing.T) {
	g := made(t, nil)
	f := &files{}
	if got := g.diskUse(f, nil); got.Read != 0 || got.Written != 0 || f.err != nil {
		t.Errorf("of nobody: %+v, %v", got, f.err)
	}
	own := g.diskUse(f, []int{os.Getpid()})
	if !own.Living {
		return // the controller counts, and this process is not in the group
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := g.diskUse(f, []int{os.Getpid()}); got.Written < own.Written || f.err != nil {
		t.Errorf("%+v after %+v, %v", got, own, f.err)
	}
	if got := g.diskUse(f, []int{1 << 30}); got.Written != 0 || f.err != nil {
		t.Errorf("of one that is gone: %+v, %v", got, f.err)
	}
}
