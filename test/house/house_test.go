package main

import (
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

func house1(t *testing.T, name, text string) *house {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := measure(folder)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestRules: what breaks a rule is found, once, and nothing else is.
func TestRules(t *testing.T) {
	broken := map[string]int{}
	for _, r := range house1(t, "x.go", bad).rows(0) {
		if !r.held {
			broken[r.what] = len(r.where)
		}
	}
	for what, want := range map[string]int{
		"functions with more than 5 parameters":   1,
		"two bools side by side":                  1,
		"errors given to Errorf without %w":       1,
		"package variables but tables and errors": 1,
		"exits but the one of each main.go":       1,
		"exported functions without a comment":    1,
	} {
		if broken[what] != want {
			t.Errorf("%s: %d found, want %d", what, broken[what], want)
		}
		delete(broken, what)
	}
	if len(broken) > 0 {
		t.Errorf("not broken, but found: %v", broken)
	}
}

// TestLong: a function of 81 lines breaks both bounds of length.
func TestLong(t *testing.T) {
	long := "package x\n\nfunc long() {\n" + strings.Repeat("\tprintln()\n", 79) + "}\n"
	broken := 0
	for _, r := range house1(t, "x.go", long).rows(0) {
		if !r.held {
			broken++
		}
	}
	if broken != 2 {
		t.Errorf("%d bounds are broken, want 2", broken)
	}
}

// TestShare: tests are counted as such, and too few of them break the bound.
func TestShare(t *testing.T) {
	if h := house1(t, "x_test.go", bad); h.code != 0 || h.tests != strings.Count(bad, "\n") {
		t.Errorf("%d lines of code and %d of tests", h.code, h.tests)
	}
	if status := run(t.TempDir(), 0); status != 1 {
		t.Errorf("an empty folder passes with %d", status)
	}
}

// TestMainExits: the one exit of a main.go is its right.
func TestMainExits(t *testing.T) {
	const main = "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(0) }\n"
	if h := house1(t, "main.go", main); len(h.exits) != 0 {
		t.Errorf("the exit of main is found: %q", h.exits)
	}
	if h := house1(t, "main.go", main+"func f() { os.Exit(1) }\n"); len(h.exits) != 1 {
		t.Errorf("of two exits %d are found", len(h.exits))
	}
	if h := house1(t, "verb.go", main); len(h.exits) != 1 {
		t.Error("an exit outside of main.go is not found")
	}
}
