package cli

import (
	"slices"
	"strings"
	"testing"
)

// The verb is clear only as the first word; an alias becomes the verb's name.
func TestMeant(t *testing.T) {
	all := verbs(&struct {
		Flag string
		Down downCmd `cmd:""`
		Ls   lsCmd   `cmd:""`
	}{})
	if len(all) != 2 {
		t.Fatalf("verbs %v", all)
	}
	for _, c := range []struct{ args, verb, unaliased string }{
		{"down x", "down", "down x"},
		{"rm x --y", "down", "down x --y"},
		{"list", "ls", "ls"},
		{"ls rm", "ls", "ls rm"},
		{"--trace rm x", "", "--trace down x"},
		{"--flag ls down x", "", "--flag ls down x"},
		{"--help", "", "--help"},
		{"no-such", "", "no-such"},
		{"delete", "", "delete"},
	} {
		verb, args := meant(all, strings.Fields(c.args))
		if verb != c.verb || strings.Join(args, " ") != c.unaliased {
			t.Errorf("%s: verb %q of %q", c.args, verb, args)
		}
	}
}

// Whether kong sees one verb or all, a call does the same and a mistake is
// answered alike.
func TestOnly(t *testing.T) {
	for _, args := range [][]string{
		{"up", "a"}, {"down", "a"}, {"up", "a", "--no-such"}, {"up"}, {"up", "--help"}, {"exec", "a", "--", "up", "down"},
	} {
		one := call(nil, nil, args...)
		all := call(nil, nil, slices.Concat([]string{"--trace=text"}, args)...)
		all.stderr = strings.ReplaceAll(all.stderr, "+ ip link add 'a b'\n", "")
		if one.status != all.status || one.stdout != all.stdout || one.stderr != all.stderr || !slices.Equal(one.next, all.next) {
			t.Errorf("%q:\n%+v\n%+v", args, one, all)
		}
	}
}
