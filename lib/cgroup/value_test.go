package cgroup

import (
	"encoding"
	"strconv"
	"testing"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]string{
		"10M": "10485760", "10m": "10485760", "10MiB": "10485760", "10Mi": "", "4096": "4096", "0": "0",
		"1K": "1024", "1G": "1073741824", "2T": "2199023255552", "1.5M": "1572864",
		"max": "max", "infinity": "max", "-1": "max",
		"10MB": "", "10 MB": "", "-2": "", "": "", "M": "", "ten": "", "10X": "", "0x10": "",
		"99999999999999999999": "",
	} {
		var s Size
		parses(t, &s, text, want, func() string { return string(s) })
	}
}

func TestCount(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "5": "5", "max": "max", "-1": "max", "infinity": "max",
		"": "", "-2": "", "1.5": "", "5K": "", "99999999999": "",
	} {
		var c Count
		parses(t, &c, text, want, func() string { return string(c) })
	}
}

func TestCPU(t *testing.T) {
	for text, want := range map[string]string{
		"25%": "25000 100000", "150%": "150000 100000", "0.25": "25000 100000", "2": "200000 100000",
		"2cpus": "200000 100000", "1cpu": "100000 100000", "25000": "25000 100000",
		"25000 50000": "25000 50000", "max": "max 100000", "max 50000": "max 100000", "-1": "max 100000",
		"": "", "0": "", "-5": "", "0%": "", "25%%": "", "1cpux": "", "500 100000": "", "0 100000": "",
		"25000 1": "", "25000 x": "", "NaN": "", "inf": "", "1e300": "", "0.001": "",
	} {
		var c CPU
		parses(t, &c, text, want, func() string { return string(c) })
	}
}

func TestSignal(t *testing.T) {
	for text, want := range map[string]string{"TERM": "15", "sigkill": "9", "1": "1", "0": "", "65": "", "FOO": ""} {
		var s Signal
		parses(t, &s, text, want, func() string { return strconv.Itoa(int(s)) })
	}
}

func TestParent(t *testing.T) {
	for text, want := range map[string]string{"a": "a", "/a/b/": "a/b", "a//b": "a/b", "": "", "/": "", "..": "", "a/../../b": "", "a/../b": "b"} {
		var p Parent
		parses(t, &p, text, want, func() string { return string(p) })
	}
}

// parses checks one text: what becomes of it, or, when want is empty, that it
// is refused.
func parses(t *testing.T, v encoding.TextUnmarshaler, text, want string, got func() string) {
	t.Helper()
	err := v.UnmarshalText([]byte(text))
	if want == "" {
		if err == nil {
			t.Errorf("%T %q: is taken, as %q", v, text, got())
		}
		return
	}
	if err != nil || got() != want {
		t.Errorf("%T %q: %q, %v; want %q", v, text, got(), err, want)
	}
}

func TestLess(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "2", true},
		{"2", "1", false},
		{"1", "max", true},
		{"max", "1", false},
		{"max", "max", false},
		{"25000 100000", "50000 100000", true},
		{"50000 200000", "50000 100000", true},
		{"max 100000", "50000 100000", false},
		{"", "1", false},
	} {
		if got := less(c.a, c.b); got != c.want {
			t.Errorf("less(%q, %q) is %v", c.a, c.b, got)
		}
	}
}
