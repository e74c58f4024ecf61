package main

import (
	"testing"
	"time"
)

// TestDuration reads what timeout(1) and people write.
func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "5": 5 * time.Second, "0.5": 500 * time.Millisecond, "2m": 2 * time.Minute, "500ms": 500 * time.Millisecond, "1h30m": 90 * time.Minute,
	} {
		var d duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(d), err)
		}
	}
	for _, text := range []string{"", "soon", "-1", "-1s", "1e10", "NaN", "inf", "5 s", "5days", "0x10p99"} {
		var d duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, time.Duration(d))
		}
	}
}

// TestAsksNothing: without a condition it is the end that is waited for.
func TestAsksNothing(t *testing.T) {
	for want, all := range map[bool][]waitCmd{
		true:  {{}, {Empty: true}},
		false: {{OOM: true}, {MemoryAbove: "1"}, {MemoryPressure: 0.1}, {CPUPressure: 0.1}, {IOPressure: 0.1}},
	} {
		for _, c := range all {
			if got := c.asksNothing(); got != want {
				t.Errorf("%+v: %v", c, got)
			}
		}
	}
}
