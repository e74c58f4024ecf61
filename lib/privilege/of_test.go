package privilege

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestTraces knows who can come to look into a process with more capabilities:
// one that may have SYS_PTRACE, unless it may have all that the other has.
func TestTraces(t *testing.T) {
	const few, some = Default, Default | 1<<unix.CAP_SYS_PTRACE
	all := process{permitted: All, bounding: All}
	for _, c := range []struct {
		name                string
		bounding, permitted Set
		noNewPrivs          string
		want                bool
	}{
		{"a container's", few, few, "1", false},
		{"one for debugging", some, some, "1", true},
		{"without it now, but a setuid program gives it", some, few, "0", true},
		{"without it now, and for ever", some, few, "1", false},
		{"root", All, All, "0", false},
		{"a user who may become root", All, 0, "0", false},
		{"a user who may not", All, 0, "1", false},
	} {
		its := process{bounding: c.bounding, permitted: c.permitted, fields: map[string]string{"NoNewPrivs": c.noNewPrivs}}
		if got := its.traces(all); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if its := (process{bounding: some, permitted: some}); its.traces(process{permitted: few}) {
		t.Error("it has all that this one has")
	}
}
