package cli

import (
	"bytes"
	"slices"
	"testing"
)

type exactCmd struct {
	Root string   `arg:""`
	Dir  string   `short:"w"`
	Next []string `arg:"" optional:"" passthrough:"partial"`
	got  *[]string
}

func (c *exactCmd) Run(*Env) error {
	*c.got = append([]string{c.Root, c.Dir}, c.Next...)
	return nil
}

// A file name and an argument of the command are bytes, not text.
func TestBytesArePassedOn(t *testing.T) {
	var got []string
	tool := struct {
		Run exactCmd `cmd:""`
	}{exactCmd{got: &got}}
	var out, stderr bytes.Buffer
	env := &Env{Stdout: &out, Stderr: &stderr}
	args := []string{"run", "r\xffoot", "-w", "/\xfe", "--", "printf", "a\xffb", "", "\xc3\xa9\n", "-x\xff"}
	if exit := Main("mc-test", &tool, args, env); exit != 0 {
		t.Fatalf("exit status %d: %s", exit, stderr.String())
	}
	want := []string{"r\xffoot", "/\xfe", "--", "printf", "a\xffb", "", "\xc3\xa9\n", "-x\xff"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A flag in the place of a value stays an error.
func TestFlagIsNoValue(t *testing.T) {
	tool := struct {
		Run exactCmd `cmd:""`
	}{exactCmd{got: new([]string)}}
	var out, stderr bytes.Buffer
	env := &Env{Stdout: &out, Stderr: &stderr}
	if exit := Main("mc-test", &tool, []string{"run", "root", "-w", "--trace"}, env); exit != statusFailed {
		t.Errorf("exit status %d: %s", exit, stderr.String())
	}
}
