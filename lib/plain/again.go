package plain

import (
	"strings"

	"mini-container/lib/step"
)

// Again is the command line that makes something like another, whoever has made
// that.
type Again struct {
	Command []string `json:"command"`
	Unsaid  []string `json:"unsaid"` // what no option says
}

// Text is a shell command, under comments.
func (a *Again) Text() string { return Unsaid(a.Unsaid) + step.Say(a.Command...) + "\n" }

// Unsaid are the comments of a shell script, one for each.
func Unsaid(all []string) string {
	var text strings.Builder
	for _, what := range all {
		text.WriteString("# not said: " + Printable(strings.ReplaceAll(what, "\n", " ")) + "\n")
	}
	return text.String()
}
