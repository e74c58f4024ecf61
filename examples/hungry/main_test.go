package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTakes looks at how much memory the process has before and after.
func TestTakes(t *testing.T) {
	before := resident(t)
	var out strings.Builder
	if err := run([]string{"20M"}, &out, nil); err != nil {
		t.Fatal(err)
	}
	if took := resident(t) - before; took < 19<<20 || took > 24<<20 {
		t.Errorf("has taken %d bytes", took)
	}
	if !strings.HasPrefix(out.String(), "1 MiB\n2 MiB\n") || !strings.HasSuffix(out.String(), "19 MiB\n20 MiB\n") {
		t.Errorf("said %q", out.String())
	}
}

// resident is the memory of this process that is in use, in bytes
// (proc_pid_statm(5)).
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// Sizes that are not whole mebibytes are rounded up.
func TestSizes(t *testing.T) {
	for size, want := range map[string]string{"1": "1 MiB\n", "1048577": "1 MiB\n2 MiB\n", "1500K": "1 MiB\n2 MiB\n", "1MiB": "1 MiB\n"} {
		var out strings.Builder
		if err := run([]string{size}, &out, nil); err != nil || out.String() != want {
			t.Errorf("%s: said %q, %v", size, out.String(), err)
		}
	}
}

// TestStops: without SIZE only a signal ends it, with --hold too.
func TestStops(t *testing.T) {
	stop := make(chan os.Signal, 1)
	stop <- os.Interrupt
	if err := run(nil, io.Discard, stop); err != nil {
		t.Error(err)
	}
	<-stop
	held := make(chan error)
	go func() { held <- run([]string{"--hold", "1M"}, io.Discard, stop) }()
	select {
	case err := <-held:
		t.Fatalf("does not hold: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	stop <- os.Interrupt
	if err := <-held; err != nil {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"0"}, {"-1M"}, {"1", "2"}, {"--hold"}, {"--no-such"}} {
		if err := run(args, io.Discard, nil); err == nil {
			t.Errorf("%q: is taken", args)
		}
	}
}
