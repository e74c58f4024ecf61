package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// --trace=json says a step with its time, after it; a failed one with its error.
func TestTraceJSON(t *testing.T) {
	for _, broken := range []error{nil, errors.New("two\nlines > 1")} {
		got := call(broken, nil, "up", "a", "--trace=json")
		line, _, _ := strings.Cut(got.stderr, "\n")
		var step struct {
			Tool, Step, Error string
			Seconds           *float64
		}
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			t.Fatalf("%v: %s", err, got.stderr)
		}
		if step.Tool != "mc-test" || step.Step != "ip link add 'a b'" || step.Seconds == nil || *step.Seconds < 0 {
			t.Errorf("got %s", line)
		}
		if broken != nil && step.Error != "two; lines > 1" || broken == nil && step.Error != "" {
			t.Errorf("error %q of %v", step.Error, broken)
		}
		if strings.Contains(line, `\u003e`) {
			t.Errorf("hard to read: %s", line)
		}
	}
}

// --trace=text is --trace; another word is none; the next word is no value.
func TestTraceFlag(t *testing.T) {
	if got := call(nil, nil, "--trace=text", "up", "a"); got.stderr != "+ ip link add 'a b'\n" {
		t.Errorf("--trace=text: %+v", got)
	}
	if got := call(nil, nil, "up", "--trace", "json"); got.stdout != "/the/path\n" {
		t.Errorf("--trace before a name: %+v", got)
	}
	got := call(nil, nil, "up", "a", "--trace=xml")
	if got.status != 125 || !strings.Contains(got.stderr, `"xml": is neither text nor json`) || got.done != 0 {
		t.Errorf("--trace=xml: %+v", got)
	}
}

// The undoing of a step is told apart.
func TestTraceUndo(t *testing.T) {
	var text, object strings.Builder
	(&Env{trace: traceText, Stderr: &text}).traceStep("mkdir a\nmkdir b", true)(nil)
	(&Env{trace: traceJSON, Stderr: &object, Tool: "mc-test"}).traceStep("mkdir a", true)(nil)
	if text.String() != "+ # undo: mkdir a\n+ # mkdir b\n" {
		t.Errorf("text: %q", text.String())
	}
	if !strings.Contains(object.String(), `"undo":true`) {
		t.Errorf("json: %s", object.String())
	}
	if words := (&Env{trace: traceJSON}).TraceFlag(); len(words) != 1 || words[0] != "--trace=json" {
		t.Errorf("handed on as %q", words)
	}
}
