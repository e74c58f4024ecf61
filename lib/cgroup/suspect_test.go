package cgroup

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLine finds the first line too, and no other that ends in the key.
func TestLine(t *testing.T) {
	text := []byte("Name:\ta b\nNSpid:\t7\t1\nRssAnon:\t  12 kB\nxName:\tno\n")
	for key, want := range map[string]string{"Name:": "\ta b", "NSpid:": "\t7\t1", "RssAnon:": "\t  12 kB", "None:": ""} {
		if got := line(text, key); got != want {
			t.Errorf("%s %q, want %q", key, got, want)
		}
	}
	if got := line(nil, "Name:"); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

// TestSuspect: who lives has a name and a size and no end; who has ended has one,
// a zombie that was not waited for as well.
func TestSuspect(t *testing.T) {
	for name, c := range map[string]struct {
		signal unix.Signal
		want   end
	}{
		"killed": {unix.SIGKILL, byKill},
		"ended":  {unix.SIGTERM, otherwise},
	} {
		cmd := exec.Command("sleep", "100")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		s := newSuspect(cmd.Process.Pid)
		for s.look(); s.comm != "sleep"; s.look() { // it has begun
		}
		if s.size == 0 || s.inside != s.pid && os.Getpid() != 1 && s.inside == 0 || s.end() != notYet {
			t.Errorf("%s: %+v", name, s)
		}
		was := s.size
		_ = cmd.Process.Signal(c.signal)
		_ = cmd.Wait()
		_, known := s.exit()
		if got := s.end(); known && got != c.want || !known && got != otherwise {
			t.Errorf("%s: %d", name, got)
		}
		if s.look(); s.size != was || s.comm != "sleep" {
			t.Errorf("%s: forgotten: %+v", name, s)
		}
		s.close()
	}
	if s := newSuspect(1 << 22); s != nil {
		t.Errorf("a number that nobody has: %+v", s)
	}
}
