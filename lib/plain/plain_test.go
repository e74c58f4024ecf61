package plain

import "testing"

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"web/worker-1 ü":          "web/worker-1 ü",
		"a\x1b[31m\tb\u009bc\x7f": "a?[31m?b?c?",
		"a\xffb\n":                "a?b?",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestFindings: in their order, a line each, with nothing in it that a terminal
// would obey.
func TestFindings(t *testing.T) {
	f := Findings{}
	f.Add(OK, "link", "eth0 of %d bytes", 1500)
	f.Add(Note, "a\x1bb", "%s", "c\nd")
	if f.Bad() || f.Text() != "ok    link: eth0 of 1500 bytes\nnote  a?b: c?d\n" {
		t.Errorf("%v, %q", f.Bad(), f.Text())
	}
	f.Add(Bad, "lo", "is down")
	if !f.Bad() || f.Bad("lo") || !f.Bad("link") {
		t.Errorf("%v", f)
	}
}

// TestAgain: a command is not run by what is said above it.
func TestAgain(t *testing.T) {
	a := Again{Command: []string{"mc-ns", "run", "a b"}, Unsaid: []string{"one\nreboot", "\x1btwo"}}
	if got := a.Text(); got != "# not said: one reboot\n# not said: ?two\nmc-ns run 'a b'\n" {
		t.Errorf("%q", got)
	}
}
