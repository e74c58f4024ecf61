package screen

import (
	"math"
	"strings"
	"unicode/utf8"
)

// blocks and letters are the heights of a column, from nothing to all.
const (
	blocks  = " ▁▂▃▄▅▆▇█"
	letters = " .:-=+*#@"
)

// Spark is a line of columns, one for each value: the last ones that there is
// room for, the newest at the right. The top is a full column; of NaN, which is
// not known, there is none.
func (p Page) Spark(values []float64, top float64, columns int) string {
	if columns <= 0 {
		return ""
	}
	heights := []rune(letters)
	if p.Unicode {
		heights = []rune(blocks)
	}
	values = values[max(0, len(values)-columns):]
	line := []rune(strings.Repeat(" ", columns-len(values)))
	for _, v := range values {
		line = append(line, heights[height(v, top, len(heights)-1)])
	}
	return string(line)
}

// height is that of a value: what is more than nothing is seen, and only what
// reaches the top is full.
func height(v, top float64, most int) int {
	if math.IsNaN(v) || v <= 0 {
		return 0
	}
	if top <= 0 || v >= top {
		return most
	}
	return max(1, min(most-1, int(math.Round(v/top*float64(most)))))
}

// Paint colours the text by a share of what there is: green, yellow from warm
// on, red from hot on.
func (p Page) Paint(text string, share, warm, hot float64) string {
	code := "32"
	switch {
	case !p.Colour || math.IsNaN(share):
		return text
	case share >= hot:
		code = "31"
	case share >= warm:
		code = "33"
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold makes the text stand out.
func (p Page) Bold(text string) string {
	if !p.Colour {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// Cut shortens a line to so many columns. Sequences of colour take none, and
// all of them are kept: the last one ends the colour.
func Cut(line string, columns int) string {
	var b strings.Builder
	for shown := 0; line != ""; {
		if code := sequence(line); code != "" {
			b.WriteString(code)
			line = line[len(code):]
			continue
		}
		r, n := utf8.DecodeRuneInString(line)
		if shown++; shown <= columns {
			b.WriteRune(r)
		}
		line = line[n:]
	}
	return b.String()
}

// sequence is the one of colour that the text begins with.
func sequence(text string) string {
	if !strings.HasPrefix(text, "\x1b[") {
		return ""
	}
	return text[:strings.IndexByte(text, 'm')+1]
}
