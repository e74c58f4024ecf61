package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTogether(t *testing.T) {
	for _, c := range []struct{ memory, swap, want string }{
		{"10485760", "0", "10485760"},
		{"10485760", "1048576", "11534336"},
		{"12287", "4097", "12288"},                            // two pages and one, not three and one
		{"4000000000000000000", "9000000000000000000", "max"}, // more than the kernel can count
	} {
		if got, err := together(c.memory, c.swap); err != nil || got != c.want {
			t.Errorf("together(%s, %s) is %s, %v; want %s", c.memory, c.swap, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"x", "0"}, {"0", "x"}, {"", "0"}} {
		if got, err := together(c[0], c[1]); err == nil {
			t.Errorf("together(%q, %q) is %s", c[0], c[1], got)
		}
	}
}

// TestLimitHits: those of the memory and those of the sum with swap, which a
// kernel without swap accounting has no file for.
func TestLimitHits(t *testing.T) {
	folder := t.TempDir()
	f := new(files)
	if got := limitHits(f, folder); got != "" || f.err != nil {
		t.Errorf("of nothing: %q, %v", got, f.err)
	}
	for _, file := range []struct{ name, text, want string }{{"memory.failcnt", "2\n", "2"}, {"memory.memsw.failcnt", "40\n", "42"}} {
		if err := os.WriteFile(filepath.Join(folder, file.name), []byte(file.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := limitHits(f, folder); string(got) != file.want || f.err != nil {
			t.Errorf("with %s: %q, %v", file.name, got, f.err)
		}
	}
}
