package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Env is what a verb has of the world besides its own subsystem. A test gives
// its own streams and environment.
type Env struct {
	Tool           string // name of the tool, set by Main
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string

	trace   traceFlag
	explain ExplainFlag
	json    bool
}

// OS is the environment of this process.
func OS() *Env {
	return &Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}
}

// Explains tells that --explain is given: nothing may be changed.
func (e *Env) Explains() bool { return e.explain != "" }

// JSON tells that --json is given: each line is an object.
func (e *Env) JSON() bool { return e.json }

// Run does the steps, or only says them on stdout when --explain is given.
func (e *Env) Run(steps step.List) error {
	switch e.explain {
	case explainDo:
		return steps.Explain(e.Stdout)
	case explainFinally:
		return steps.ExplainFinally(e.Stdout)
	}
	return steps.Run(e.traceStep)
}

// Print writes a verb's result to stdout: the whole object when --json is
// given, else its text.
func (e *Env) Print(text string, object any) error {
	if e.Explains() {
		return nil
	}
	if !e.json {
		_, err := io.WriteString(e.Stdout, text)
		return err
	}
	out := json.NewEncoder(e.Stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(object)
}

// Line writes one of many lines to stdout, at once: text that ends in a newline,
// or, when --json is given, the object.
func (e *Env) Line(text string, object any) error {
	if e.json {
		line, err := json.Marshal(object)
		if err != nil {
			return err
		}
		text = string(line) + "\n"
	}
	_, err := io.WriteString(e.Stdout, text)
	return err
}

// Note says on stderr what a person should know of a change that was made.
func (e *Env) Note(text string) {
	if !e.Explains() {
		fmt.Fprintf(e.Stderr, "%s: %s\n", e.Tool, text)
	}
}

// Handle prints what was made, as Print does. When that cannot be written, a
// full disk or a reader that is gone, nobody knows what there is: it is undone.
func (e *Env) Handle(text string, object any, undo func() error) error {
	signal.Ignore(syscall.SIGPIPE)
	err := e.Print(text, object)
	if err == nil {
		return nil
	}
	return errors.Join(err, undo())
}

// Script is the chain as a shell script, for a link that explains itself.
func (e *Env) Script() (*chain.Script, error) { return e.Link().Script(e.Stdout) }

// Link is this tool as a link of the chain.
func (e *Env) Link() chain.Link {
	return chain.Link{Tool: e.Tool, Environ: e.Environ, Trace: e.Trace}
}
