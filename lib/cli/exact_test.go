package cli

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// text reads itself, as the flags of a subsystem do.
type text string

func (x *text) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("must be something")
	}
	*x = text(b)
	return nil
}

type exactCmd struct {
	Root string   `arg:""`
	Dir  string   `short:"w"`
	Text []text   `sep:"none"`
	Next []string `arg:"" optional:"" passthrough:"partial"`
	got  *[]string
}

func (c *exactCmd) Run(*Env) error {
	*c.got = []string{c.Root, c.Dir}
	for _, x := range c.Text {
		*c.got = append(*c.got, string(x))
	}
	*c.got = append(*c.got, c.Next...)
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
	args := []string{"run", "r\xffoot", "-w", "/\xfe", "--text", "K=\xfd,x", "--text=\xc3\xa9", "--", "printf", "a\xffb", "", "\xc3\xa9\n", "-x\xff"}
	if exit := Main("mc-test", &tool, args, env); exit != 0 {
		t.Fatalf("exit status %d: %s", exit, stderr.String())
	}
	want := []string{"r\xffoot", "/\xfe", "K=\xfd,x", "\xc3\xa9", "--", "printf", "a\xffb", "", "\xc3\xa9\n", "-x\xff"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A flag in the place of a value, and a value that its type does not take, are
// one line that names the flag.
func TestNoValue(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "root", "-w", "--trace"}, "mc-test: --dir: expected string value"},
		{[]string{"run", "root", "--text="}, "mc-test: --text: must be something"},
	} {
		tool := struct {
			Run exactCmd `cmd:""`
		}{exactCmd{got: new([]string)}}
		var out, stderr bytes.Buffer
		env := &Env{Stdout: &out, Stderr: &stderr}
		exit := Main("mc-test", &tool, c.args, env)
		if line := stderr.String(); exit != statusFailed || !strings.HasPrefix(line, c.want) || strings.Count(line, "\n") != 1 {
			t.Errorf("%q: exit status %d: %s", c.args, exit, line)
		}
	}
}
