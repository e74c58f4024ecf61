package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// upCmd, downCmd and execCmd are verbs as the tools have them.
type upCmd struct {
	Name    name.Name   `arg:"" help:"The name."`
	IP      string      `name:"ip" placeholder:"CIDR" help:"The address."`
	Explain ExplainFlag `help:"Say the steps, and do none."`
	err     *error
	done    *int
}

func (c *upCmd) Help() string { return "Example:\n\n    mc-test up host-1" }

func (c *upCmd) Run(env *Env) error {
	if err := env.Run(step.List{count{c.done, *c.err}}); err != nil {
		return err
	}
	return env.Print("/the/path\n", map[string]any{"path": "/the/path", "html": "<&>"})
}

type lsCmd struct{}

func (c *lsCmd) Run(env *Env) error { return env.Print("host-1\n", []string{"host-1"}) }

type downCmd struct {
	Name name.Name `arg:""`
}

func (c *downCmd) Run(env *Env) error {
	_, err := fmt.Fprintln(env.Stdout, "down", c.Name)
	return err
}

type execCmd struct {
	Name name.Name `arg:""`
	Size int       `help:"A size."`
	Next []string  `arg:"" optional:"" passthrough:"partial"`
	got  *[]string
}

func (c *execCmd) Run(*Env) error { *c.got = c.Next; return nil }

// count is a step that counts how often it is done.
type count struct {
	done *int
	err  error
}

func (s count) Do() error   { *s.done++; return s.err }
func (s count) Undo() error { *s.done--; return nil }
func (s count) Say() string { return "ip link add 'a b'" }

// called is what a tool did.
type called struct {
	status         int
	stdout, stderr string
	done           int
	next           []string
}

// call runs the tool with a step that ends with the error.
func call(stepErr error, environ []string, args ...string) called {
	var c called
	tool := struct {
		Up   upCmd   `cmd:"" help:"Make it."`
		Down downCmd `cmd:"" help:"Remove it."`
		Exec execCmd `cmd:"" help:"Run a command."`
	}{Up: upCmd{err: &stepErr, done: &c.done}, Exec: execCmd{got: &c.next}}
	var stdout, stderr bytes.Buffer
	c.status = Main("mc-test", &tool, args, &Env{Stdout: &stdout, Stderr: &stderr, Environ: environ})
	c.stdout, c.stderr = stdout.String(), stderr.String()
	return c
}

// A command line that cannot be taken is one line on stderr and status 125;
// nothing is done and nothing is on stdout.
func TestMisuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `mc-test: expected one of "up", "down", "exec" (try 'mc-test --help')`},
		{[]string{"up"}, `mc-test: expected "<name>" (try 'mc-test up --help')`},
		{[]string{"up", "a", "b"}, `mc-test: unexpected argument b (try 'mc-test up --help')`},
		{[]string{"up", "A"}, `mc-test: <name>: "A": a name is 1 to 63`},
		{[]string{"up", "a", "--no-such"}, "mc-test: unknown flag --no-such"},
		{[]string{"no-such"}, "mc-test: unexpected argument no-such"},
		{[]string{"--no-such"}, "mc-test: unknown flag --no-such"},
		{[]string{"up", "a", "--ip"}, "mc-test: --ip: expected string value"},
		{[]string{"exec", "a", "--sise=3", "--", "sh"}, "mc-test: unknown flag --sise"},
		{[]string{"exec", "a", "--size=many"}, "mc-test: --size: "},
		{[]string{"up", "two\nlines"}, "mc-test: <name>: "},
	} {
		got := call(nil, nil, c.args...)
		if got.status != 125 || !strings.HasPrefix(got.stderr, c.want) || got.stdout != "" || got.done != 0 {
			t.Errorf("%q: %+v, want %s", c.args, got, c.want)
		}
		if strings.Count(got.stderr, "\n") != 1 || !strings.HasSuffix(got.stderr, "\n") {
			t.Errorf("%q: not one line: %q", c.args, got.stderr)
		}
	}
}

// Help and version are answers: on stdout, with status 0, and nothing is done.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--help"}, "Usage: mc-test <command>"},
		{[]string{"-h"}, "Usage: mc-test <command>"},
		{[]string{"up", "--help"}, "mc-test up host-1"},
		{[]string{"up", "a", "--help"}, "Example:"},
		{[]string{"--version"}, "mc-test "},
		{[]string{"-V"}, "mc-test "},
		{[]string{"up", "--version"}, "mc-test "},
	} {
		got := call(nil, nil, c.args...)
		if got.status != 0 || !strings.Contains(got.stdout, c.want) || got.stderr != "" || got.done != 0 {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	if got := call(nil, nil, "--version"); strings.Count(got.stdout, "\n") != 1 || !strings.HasSuffix(got.stdout, Version()+"\n") {
		t.Errorf("--version says %q", got.stdout)
	}
}

// The result alone is on stdout; --json gives the whole object.
func TestPrint(t *testing.T) {
	if got := call(nil, nil, "up", "a"); got.stdout != "/the/path\n" || got.stderr != "" || got.done != 1 || got.status != 0 {
		t.Errorf("got %+v", got)
	}
	want := "{\n  \"html\": \"<&>\",\n  \"path\": \"/the/path\"\n}\n"
	for _, args := range [][]string{{"up", "a", "--json"}, {"--json", "up", "a"}} {
		if got := call(nil, nil, args...); got.stdout != want || got.stderr != "" {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// --trace says the steps on stderr and does them, --explain says them on
// stdout and does none.
func TestTraceExplain(t *testing.T) {
	if got := call(nil, nil, "up", "a", "--trace"); got.stderr != "+ ip link add 'a b'\n" || got.stdout != "/the/path\n" || got.done != 1 {
		t.Errorf("--trace: %+v", got)
	}
	if got := call(nil, nil, "up", "a", "--explain"); got.stdout != "ip link add 'a b'\n" || got.stderr != "" || got.done != 0 {
		t.Errorf("--explain: %+v", got)
	}
	if got := call(nil, nil, "down", "a", "--explain"); got.status != 125 {
		t.Errorf("--explain where it is not known: %+v", got)
	}
}

// Other words for a verb are known, but no word that a verb is not for.
func TestAliases(t *testing.T) {
	for _, word := range []string{"down", "rm", "del"} {
		if got := call(nil, nil, "--trace", word, "rm"); got.status != 0 || got.stdout != "down rm\n" {
			t.Errorf("%s: %+v", word, got)
		}
	}
	if got := call(nil, nil, "del", "list"); got.stdout != "down list\n" {
		t.Errorf("an alias as an argument: %+v", got)
	}
	for _, word := range []string{"list", "ls"} {
		if got := call(nil, nil, word); got.status != 125 {
			t.Errorf("%s, without ls: %+v", word, got)
		}
		var stdout, stderr bytes.Buffer
		tool := struct {
			Ls lsCmd `cmd:""`
		}{}
		if status := Main("mc-test", &tool, []string{word}, &Env{Stdout: &stdout, Stderr: &stderr}); status != 0 || stdout.String() != "host-1\n" {
			t.Errorf("%s: status %d, %q, %q", word, status, stdout.String(), stderr.String())
		}
	}
	if got := call(nil, nil, "--help"); strings.Contains(got.stdout, "  rm") || strings.Contains(got.stdout, "(rm") {
		t.Errorf("help shows an alias: %s", got.stdout)
	}
}

// What comes after the name is the command's, its flags too.
func TestPassthrough(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{[]string{"--", "sh", "-c", "x"}, []string{"--", "sh", "-c", "x"}},
		{[]string{"sh", "-c", "x", "--size", "y"}, []string{"sh", "-c", "x", "--size", "y"}},
		{[]string{"--size", "3", "--", "--", "x"}, []string{"--", "--", "x"}},
		{nil, nil},
	} {
		if got := call(nil, nil, append([]string{"exec", "a"}, c.args...)...); got.status != 0 || !slices.Equal(got.next, c.want) {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}

// statused is an error with an exit status of its own.
type statused struct{ error }

func (statused) ExitStatus() int { return 127 }

// An error is one line, and the exit status is that which it carries.
func TestFail(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		line   string
	}{
		{fmt.Errorf("host-1: link: %w", unix.EPERM), 125, "mc-test: host-1: link: operation not permitted\n"},
		{errors.New("a\n\n\nb\n"), 125, "mc-test: a; b\n"},
		{errors.New("a\rb\x1b[31mc\td\x7f\xc2\x9b"), 125, "mc-test: a?b?[31mc\td??\n"},
		{errors.Join(errors.New("a"), errors.New("b")), 125, "mc-test: a; b\n"},
		{fmt.Errorf("wrapped: %w", statused{errors.New("x: command not found")}), 127, "mc-test: wrapped: x: command not found\n"},
		{Exit(7), 7, ""},
		{fmt.Errorf("wrapped: %w", Exit(137)), 137, ""},
	} {
		if got := call(c.err, nil, "up", "a"); got.status != c.status || got.stderr != c.line || got.stdout != "" {
			t.Errorf("%v: %+v", c.err, got)
		}
	}
}

// The status descriptor is told which step failed, and of what.
func TestFailureLine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	call(fmt.Errorf("host-1: %w", unix.EPERM), []string{fmt.Sprintf("MC_STATUS_FD=%d", w.Fd())}, "up", "a")
	w.Close()
	var line bytes.Buffer
	if _, err := line.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"link":"mc-test"`, `"step":"ip link add 'a b'"`, `"errno":"EPERM"`, `"error":"host-1: operation not permitted"`, `"exit":125`} {
		if !strings.Contains(line.String(), want) {
			t.Errorf("%s is not in %s", want, line.String())
		}
	}
	if strings.Count(line.String(), "\n") != 1 {
		t.Errorf("not one line: %q", line.String())
	}
}

// fullDisk is a stdout that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, unix.ENOSPC }

// An answer that cannot be written is a failure, whatever the answer was.
func TestFullDisk(t *testing.T) {
	for _, args := range [][]string{{"ls"}, {"ls", "--json"}, {"--version"}, {"ls", "-V"}, {"--help"}} {
		tool := struct {
			Ls lsCmd `cmd:""`
		}{}
		var stderr bytes.Buffer
		status := Main("mc-test", &tool, args, &Env{Stdout: fullDisk{}, Stderr: &stderr})
		if line := stderr.String(); status != 125 || !strings.Contains(line, "no space left on device") || strings.Count(line, "\n") != 1 {
			t.Errorf("%q: status %d, %q", args, status, line)
		}
	}
}

// A mistake of ours is not hidden as an exit.
func TestPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the panic is lost")
		}
	}()
	var stepErr error
	tool := struct {
		Up upCmd `cmd:""`
	}{upCmd{err: &stepErr}} // no counter: the step reads through nil
	Main("mc-test", &tool, []string{"up", "a"}, &Env{Stdout: new(bytes.Buffer), Stderr: new(bytes.Buffer)})
}

// A note is for people: on stderr, with the tool's name, and only when something
// was done.
func TestNote(t *testing.T) {
	for _, explains := range []bool{false, true} {
		var out, said strings.Builder
		env := &Env{Tool: "mc-net", Stdout: &out, Stderr: &said, explain: map[bool]ExplainFlag{true: explainDo}[explains]}
		env.Note("host-1: it is so")
		want := "mc-net: host-1: it is so\n"
		if explains {
			want = ""
		}
		if said.String() != want || out.Len() > 0 {
			t.Errorf("explains=%t: %q, %q", explains, said.String(), out.String())
		}
	}
}
