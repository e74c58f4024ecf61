package screen

import (
	"math"
	"testing"
)

// TestSpark: the newest is at the right, nothing is empty, a little is seen, and
// full is the top alone.
func TestSpark(t *testing.T) {
	page := Page{Unicode: true}
	for _, c := range []struct {
		values  []float64
		top     float64
		columns int
		want    string
	}{
		{nil, 1, 4, "    "},
		{[]float64{0, 0.001, 0.5, 0.99, 1, 2}, 1, 8, "   ▁▄▇██"},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8}, 8, 3, "▆▇█"},
		{[]float64{math.NaN(), 4, -1}, 8, 3, " ▄ "},
		{[]float64{3}, 0, 1, "█"},
		{[]float64{3}, 1, 0, ""},
		{[]float64{3}, 1, -5, ""},
		{[]float64{math.Inf(1)}, 1, 2, " █"},
	} {
		if got := page.Spark(c.values, c.top, c.columns); got != c.want {
			t.Errorf("%v of %v: %q, not %q", c.values, c.top, got, c.want)
		}
	}
	plain := Page{}.Spark([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, 8, 9)
	if plain != " .:-=+*#@" {
		t.Errorf("without Unicode: %q", plain)
	}
}

// TestPaint: by how much there is, not at all without colour, and not of what is
// not known.
func TestPaint(t *testing.T) {
	page := Page{Colour: true}
	for share, want := range map[float64]string{
		0: "\x1b[32mx\x1b[0m", 0.5: "\x1b[33mx\x1b[0m", 0.9: "\x1b[31mx\x1b[0m", 7: "\x1b[31mx\x1b[0m",
	} {
		if got := page.Paint("x", share, 0.5, 0.9); got != want {
			t.Errorf("%v: %q", share, got)
		}
	}
	if got := page.Paint("x", math.NaN(), 0.5, 0.9); got != "x" {
		t.Errorf("%q", got)
	}
	if got := (Page{}).Paint("x", 1, 0.5, 0.9) + (Page{}).Bold("y"); got != "xy" {
		t.Errorf("%q", got)
	}
	if got := page.Bold("y"); got != "\x1b[1my\x1b[0m" {
		t.Errorf("%q", got)
	}
}

// TestCut counts what is seen, and ends the colour whatever is cut.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		line    string
		columns int
		want    string
	}{
		{"abc", 5, "abc"},
		{"abc", 2, "ab"},
		{"abc", 0, ""},
		{"▁▂▃", 2, "▁▂"},
		{"a\x1b[31mbc\x1b[0md", 2, "a\x1b[31mb\x1b[0m"},
		{"\x1b[31mbc\x1b[0m", 0, "\x1b[31m\x1b[0m"},
		{"a\x1bb", 3, "a\x1bb"},
		{"a\x1b[1", 9, "a\x1b[1"},
	} {
		if got := Cut(c.line, c.columns); got != c.want {
			t.Errorf("%q to %d: %q", c.line, c.columns, got)
		}
	}
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    bool
	}{
		{nil, false},
		{[]string{"LANG=C"}, false},
		{[]string{"LANG=de_DE.UTF-8"}, true},
		{[]string{"LANG=de_DE.utf8"}, true},
		{[]string{"LANG=C.UTF-8", "LC_ALL=C"}, false},
		{[]string{"LANG=C", "LC_CTYPE=C.UTF-8"}, true},
		{[]string{"LANG=C", "LANG=C.UTF-8"}, true},
		{[]string{"LANGUAGE=C.UTF-8"}, false},
	} {
		if got := speaksUTF8(c.environ); got != c.want {
			t.Errorf("%v: %v", c.environ, got)
		}
	}
}
