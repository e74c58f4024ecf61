// Package step runs changes to the kernel's state that are written down as
// values: each can do itself, undo itself, and say itself as the shell
// command that does the same. Order, roll-back, --trace and --explain come
// from the list alone.
package step

import (
	"errors"
	"fmt"
	"strings"
)

// Step is one change. Do must leave nothing behind when it returns an error,
// and Undo is called only after a Do that succeeded. Say needs neither.
type Step interface {
	Do() error
	Undo() error
	Say() string
}

// Final is embedded by a step that has nothing to undo: a removal, or a
// change that ends with the process.
type Final struct{}

// Undo does nothing.
func (Final) Undo() error { return nil }

// List is what a verb is about to do, in order.
type List []Step

// Failed is the error of a list: which step failed, and why.
type Failed struct {
	Step string // what the step says of itself
	Err  error
}

// Error is that of the step alone: it names its object by itself.
func (f *Failed) Error() string { return f.Err.Error() }

// Unwrap leads to the cause, and to those of a roll-back that failed.
func (f *Failed) Unwrap() error { return f.Err }

// Trace is told of a step, or of its undoing, before it is done, and gives whom
// to tell when that is over.
type Trace func(say string, undoing bool) (done func(error))

// Silent is told in vain.
func Silent(string, bool) (done func(error)) { return func(error) {} }

// Run does the steps in order, each told to trace. When one fails, those before
// it are undone in reverse order.
func (l List) Run(trace Trace) error {
	for i, s := range l {
		done := trace(s.Say(), false)
		err := do(s)
		done(err)
		if err != nil {
			return &Failed{Step: s.Say(), Err: errors.Join(err, l[:i].undo(trace))}
		}
	}
	return nil
}

func (l List) undo(trace Trace) error {
	var all error
	for i := len(l) - 1; i >= 0; i-- {
		done := trace(l[i].Say(), true)
		err := l[i].Undo()
		done(err)
		if err != nil {
			all = errors.Join(all, fmt.Errorf("and undoing it: %w", err))
		}
	}
	return all
}

// Say joins the words of a shell command, quoted where a shell needs it.
func Say(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}

// Quote writes a word so that sh(1) reads it back unchanged.
func Quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%^"
	foreign := func(r rune) bool { return !strings.ContainsRune(plain, r) }
	if word != "" && strings.IndexFunc(word, foreign) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
