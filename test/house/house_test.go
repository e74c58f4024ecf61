package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bad breaks each rule once.
const bad = `package x

import ("errors"; "fmt"; "os")

var table = map[string]int{"a": 1}
var ErrGone = errors.New("gone")
var count int

func Plain() {}

type Bare struct{}

func (*Bare) Error() string { return "" }

// Many has six.
func Many(a, b, c, d, e, f int) {}

// Flags has two in a row.
func Flags(a int, quick, dry bool) error {
	err := errors.New("x")
	if a > 1 {
		return fmt.Errorf("kept: %w", err)
	}
	os.Exit(1)
	return fmt.Errorf("lost: %v", err)
}
`

// built is the house of one file below a new root.
func built(t *testing.T, name, text string) *house {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := measure(root)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// broken gives the bounds that are not held, each with the number of places.
func broken(h *house) map[string]int {
	all := map[string]int{}
	for _, r := range h.rows(0) {
		if !r.held {
			all[r.what] = len(r.where)
		}
	}
	return all
}

// TestRules: what breaks a rule is found, once, and nothing else is.
func TestRules(t *testing.T) {
	want := map[string]int{
		"functions with more than 5 parameters":   1,
		"two bools side by side":                  1,
		"errors given to Errorf without %w":       1,
		"package variables but tables and errors": 1,
		"exits but the one of each main.go":       1,
		"exported without a comment":              3,
		"packages without a comment":              1,
	}
	if got := broken(built(t, "lib/x/x.go", bad)); !maps.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// TestFolders: each folder of cmd and lib is measured, whatever its name, and
// no other is.
func TestFolders(t *testing.T) {
	for _, name := range []string{"lib/rootfs/x.go", "cmd/mc-x/verb.go", "lib/build/bin/x.go"} {
		if h := built(t, name, bad); h.code != strings.Count(bad, "\n") || h.tests != 0 || len(broken(h)) == 0 {
			t.Errorf("%s is not measured", name)
		}
	}
	for _, name := range []string{"examples/x/x.go", "bench/x.go", "x.go"} {
		if h := built(t, name, bad); h.code != 0 || h.tests != 0 {
			t.Errorf("%s is measured", name)
		}
	}
	for _, name := range []string{"lib/x/x_test.go", "cmd/mc-x/x_test.go", "examples/x/x_test.go", "test/payload/x.go", "test/testdata/x.txt"} {
		if h := built(t, name, bad); h.code != 0 || h.tests != strings.Count(bad, "\n") {
			t.Errorf("%s: %d lines of code and %d of tests", name, h.code, h.tests)
		}
	}
}

// TestFault: what the tag fault builds is a test's.
func TestFault(t *testing.T) {
	if h := built(t, "lib/x/fault.go", "//go:build fault\n\n"+bad); h.code != 0 || h.tests == 0 {
		t.Errorf("%d lines of code and %d of tests", h.code, h.tests)
	}
}

// TestLong: a function of 81 lines breaks both bounds of length, one of 80 the
// share alone, one of 60 none.
func TestLong(t *testing.T) {
	for lines, want := range map[int]int{60: 0, 61: 1, 80: 1, 81: 2} {
		text := "// Package x is x.\npackage x\n\nfunc long() {\n" + strings.Repeat("\tprintln()\n", lines-2) + "}\n"
		if got := broken(built(t, "lib/x/x.go", text)); len(got) != want {
			t.Errorf("%d lines: %v, want %d", lines, got, want)
		}
	}
}

// TestShare: too few lines of tests break the bound, and so does no code.
func TestShare(t *testing.T) {
	if status := run(t.TempDir(), 0); status != 1 {
		t.Errorf("an empty folder passes with %d", status)
	}
	h := &house{code: 100, tests: 99}
	if r := h.rows(1)[5]; r.held || r.what != "tests to code" {
		t.Errorf("99 lines of tests to 100 are enough: %+v", r)
	}
	h.tests++
	if r := h.rows(1)[5]; !r.held {
		t.Errorf("100 lines of tests to 100 are too few: %+v", r)
	}
}

// TestMainExits: main.go of a tool has one exit, and all else has none.
func TestMainExits(t *testing.T) {
	const main = "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(0) }\n"
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"cmd/mc-x/main.go", main, 0},
		{"cmd/mc-x/main.go", main + "func f() { os.Exit(1) }\n", 1},
		{"cmd/mc-x/main.go", "package main\n\nfunc main() {}\n", 1},
		{"cmd/mc-x/verb.go", main, 1},
		{"lib/x/main.go", main, 1},
	} {
		if h := built(t, c.name, c.text); len(h.exits) != c.want {
			t.Errorf("%s: %q, want %d", c.name, h.exits, c.want)
		}
	}
}

// TestLost: an error is known by its name, wherever it stands.
func TestLost(t *testing.T) {
	for call, want := range map[string]int{
		`fmt.Errorf("x: %w", err)`:              0,
		`fmt.Errorf("x: %s", name)`:             0,
		`fmt.Errorf("x: %s", line.Error)`:       0,
		`fmt.Errorf("x"+": %w", err)`:           0,
		`fmt.Errorf("x: %v", err)`:              1,
		`fmt.Errorf("x: %s", err.Error())`:      1,
		`fmt.Errorf("x: %v", readErr)`:          1,
		`fmt.Errorf("x: %v", failed.Err)`:       1,
		`fmt.Errorf("x: %v", ctx.Err())`:        1,
		`fmt.Errorf(format, err)`:               1,
		`fmt.Errorf("x: %w, %v", err, undoErr)`: 1,
	} {
		h := built(t, "lib/x/x.go", "package x\n\nfunc f() { "+call+" }\n")
		if len(h.lost) != want {
			t.Errorf("%s: %q, want %d", call, h.lost, want)
		}
	}
}

// TestVariables: tables and errors are made by a literal.
func TestVariables(t *testing.T) {
	for variable, want := range map[string]int{
		`_ = f()`:                               0,
		`t = []string{"a"}`:                     0,
		`t = [...]int{1}`:                       0,
		`t = map[string]int{}`:                  0,
		`t = struct{ a int }{1}`:                0,
		`errGone = errors.New("gone")`:          0,
		`errOne, errTwo = errors.New("a"), f()`: 1,
		`a, b int`:                              2,
		`version = ""`:                          1,
		`source = rand.New(nil)`:                1,
		`t = make(map[string]int)`:              1,
	} {
		if h := built(t, "lib/x/x.go", "package x\n\nvar "+variable+"\n"); len(h.variables) != want {
			t.Errorf("%s: %q, want %d", variable, h.variables, want)
		}
	}
	if h := built(t, "lib/cli/cli.go", "package cli\n\nvar version = \"\"\n"); len(h.variables) != 0 {
		t.Errorf("the linker's variable is found: %q", h.variables)
	}
	if h := built(t, "lib/x/x.go", "package x\n\n// It is a table.\n//\n//go:embed x.txt\nvar x string\n\nvar (\n\t//go:embed y.txt\n\ty string\n\t// go:embed z\n\tz string\n)\n"); len(h.variables) != 1 {
		t.Errorf("of a file's and another: %q", h.variables)
	}
}

// TestPackageComment: one file with a comment is enough; a comment above a
// blank line is none, as go doc does not show it.
func TestPackageComment(t *testing.T) {
	for text, want := range map[string]bool{
		"// Package x is x.\npackage x\n":              true,
		"// Package x is x.\n\npackage x\n":            false,
		"//go:build linux\n\npackage x\n":              false,
		"// A licence.\n\n//go:build x\n\npackage x\n": false,
	} {
		if got := built(t, "lib/x/x.go", text).packages["lib/x"]; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
