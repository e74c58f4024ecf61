// Package plain makes text that a person reads: names that a stranger chose as a
// terminal may be shown them, the findings of a look, and what makes a thing again.
package plain

import (
	"strings"
	"unicode"
)

// Printable takes the control characters out (console_codes(4)), and what is no
// UTF-8: a process, a group or a file in a hostile root has any name it likes.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return '?'
		}
		return c
	}, text)
}
