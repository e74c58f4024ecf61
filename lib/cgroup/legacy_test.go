package cgroup

import "testing"

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
