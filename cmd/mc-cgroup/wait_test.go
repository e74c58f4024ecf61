package main

import "testing"

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
