package cli

import (
	"testing"
	"time"
)

// TestPID: no process has a number below 1.
func TestPID(t *testing.T) {
	var p PID
	if err := p.UnmarshalText([]byte("4711")); err != nil || p != 4711 {
		t.Errorf("4711: %v, %v", p, err)
	}
	for _, text := range []string{"", "0", "-1", "self", "1.5", "4294967297"} {
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, p)
		}
	}
}

// TestTimes: to look no time at all is nothing that anybody asks for.
func TestTimes(t *testing.T) {
	var c Times
	if err := c.UnmarshalText([]byte("3")); err != nil || c != 3 {
		t.Errorf("3: %v, %v", c, err)
	}
	for _, text := range []string{"", "0", "-1", "often", "2.5", "1e99"} {
		if err := c.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, c)
		}
	}
}

// TestTime reads what timeout(1) and people write.
func TestTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "5": 5 * time.Second, "0.5": 500 * time.Millisecond, "2m": 2 * time.Minute, "500ms": 500 * time.Millisecond, "1h30m": 90 * time.Minute,
	} {
		var d Time
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(d), err)
		}
	}
	for _, text := range []string{"", "soon", "-1", "-1s", "1e10", "NaN", "inf", "5 s", "5days", "0x10p99"} {
		var d Time
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, time.Duration(d))
		}
	}
}
