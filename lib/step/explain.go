package step

import (
	"fmt"
	"io"
	"strings"
)

// Reasoned is a step that has a word to say about why it is done: one line,
// with the man page to read.
type Reasoned interface{ Why() string }

// Undone is a step that can say its undoing as a shell command, as Undo does it
// after a Do.
type Undone interface{ SayUndo() string }

// Explain writes the steps as a shell script, and does none of them. Those that
// have the same reason one after the other are a paragraph.
func (l List) Explain(w io.Writer) error { return l.explain(w, func(Step) string { return "" }) }

// ExplainFinally does so, and writes behind each step how it is undone, for a
// function of the shell that does it in the end: finally COMMAND.
func (l List) ExplainFinally(w io.Writer) error {
	return l.explain(w, func(s Step) string {
		if u, can := s.(Undone); can {
			return "\nfinally " + Quote(u.SayUndo())
		}
		return ""
	})
}

func (l List) explain(w io.Writer, after func(Step) string) error {
	said := ""
	for i, s := range l {
		if err := say(s); err != nil {
			return err
		}
		text := s.Say() + after(s)
		if r, has := s.(Reasoned); has && r.Why() != "" && r.Why() != said {
			said = r.Why()
			text = comment(said) + text
			if i > 0 {
				text = "\n" + text
			}
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}

// comment is the text as lines of a shell script that do nothing.
func comment(text string) string {
	return "# " + strings.ReplaceAll(text, "\n", "\n# ") + "\n"
}
