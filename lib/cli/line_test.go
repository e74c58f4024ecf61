package cli

import (
	"errors"
	"strings"
	"testing"
)

// refusing is a reader that is gone.
type refusing struct{}

var errGone = errors.New("gone")

func (refusing) Write([]byte) (int, error) { return 0, errGone }

// TestLine: one line at a time, as text or as an object that has no line breaks.
func TestLine(t *testing.T) {
	object := map[string]string{"a": "b\nc"}
	for json, want := range map[bool]string{false: "text\n", true: `{"a":"b\nc"}` + "\n"} {
		var out strings.Builder
		e := &Env{Stdout: &out, json: json}
		if err := e.Line("text\n", object); err != nil || out.String() != want {
			t.Errorf("%v: %q, %v", json, out.String(), err)
		}
	}
	e := &Env{Stdout: refusing{}, json: true}
	if err := e.Line("text\n", object); !errors.Is(err, errGone) {
		t.Errorf("%v", err)
	}
	if err := e.Line("text\n", func() {}); err == nil || errors.Is(err, errGone) {
		t.Errorf("what has no JSON: %v", err)
	}
}
