package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// traceFlag is --trace[=text|json]: how each step is said on stderr; empty
// for not at all.
type traceFlag string

const (
	traceText = traceFlag("text") // before it is done, as sh -x does
	traceJSON = traceFlag("json") // after it, with its time: one object a line
)

// IsBool lets the flag stand without a value.
func (traceFlag) IsBool() bool { return true }

// Decode reads the value, if there is one.
func (f *traceFlag) Decode(ctx *kong.DecodeContext) error {
	*f = traceText
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	switch value := traceFlag(ctx.Scan.Pop().String()); value {
	case traceText, traceJSON:
		*f = value
		return nil
	default:
		return fmt.Errorf("%q: is neither text nor json", string(value))
	}
}

// AfterApply hands the flag to the environment.
func (f traceFlag) AfterApply(env *Env) error { env.trace = f; return nil }

// traced is one step as --trace=json has it.
type traced struct {
	Tool    string  `json:"tool"`
	Step    string  `json:"step"` // the shell command that does the same
	Undo    bool    `json:"undo,omitempty"`
	Seconds float64 `json:"seconds"` // how long it took
	Error   string  `json:"error,omitempty"`
}

// Trace says what takes no time of its own, when --trace is given.
func (e *Env) Trace(say string) { e.traceStep(say, false)(nil) }

// TraceFlag is what was given of --trace, for a tool that starts one of its own
// kind: one word or none.
func (e *Env) TraceFlag() []string {
	if e.trace == "" {
		return nil
	}
	return []string{"--trace=" + string(e.trace)}
}

func (e *Env) traceStep(say string, undoing bool) (done func(error)) {
	switch e.trace {
	case traceText:
		if undoing {
			say = "# undo: " + strings.ReplaceAll(say, "\n", "\n# ")
		}
		fmt.Fprintln(e.Stderr, "+ "+strings.ReplaceAll(say, "\n", "\n+ "))
	case traceJSON:
		start := time.Now()
		return func(err error) {
			object := traced{Tool: e.Tool, Step: say, Undo: undoing, Seconds: time.Since(start).Seconds()}
			if err != nil {
				object.Error = oneLine(err.Error())
			}
			out := json.NewEncoder(e.Stderr)
			out.SetEscapeHTML(false)
			_ = out.Encode(object) // a trace that cannot be written stops nothing
		}
	}
	return func(error) {}
}
