package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestTakes looks at how much memory the process has before and after.
func TestTakes(t *testing.T) {
	before := resident(t)
	var out strings.Builder
	if err := run([]string{"20M"}, &out); err != nil {
		t.Fatal(err)
	}
	if took := resident(t) - before; took < 19<<20 {
		t.Errorf("has taken %d bytes only", took)
	}
	if !strings.HasSuffix(out.String(), "19 MiB\n20 MiB\n") {
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

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"0"}, {"-1M"}, {"1", "2"}} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%q: is taken", args)
		}
	}
}
