package plain

import (
	"fmt"
	"slices"
	"strings"
)

// States of a finding.
const (
	OK   = "ok"
	Note = "note" // worth a word
	Bad  = "bad"  // what was looked at does not do
)

// Finding is one thing that a look has shown.
type Finding struct {
	State string `json:"state"`
	What  string `json:"what"`
	Text  string `json:"text"`
}

// Findings are in the order in which they were made.
type Findings []Finding

// Add makes one more, of fmt's words.
func (f *Findings) Add(state, what, text string, args ...any) {
	*f = append(*f, Finding{state, what, fmt.Sprintf(text, args...)})
}

// Bad tells whether there is a bad one of another thing than those.
func (f Findings) Bad(but ...string) bool {
	return slices.ContainsFunc(f, func(one Finding) bool { return one.State == Bad && !slices.Contains(but, one.What) })
}

// Text is a line for each.
func (f Findings) Text() string {
	var b strings.Builder
	for _, one := range f {
		fmt.Fprintf(&b, "%-4s  %s: %s\n", one.State, Printable(one.What), Printable(one.Text))
	}
	return b.String()
}
