package step

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// note is a step that notes what is done with it.
type note struct {
	name    string
	at      *[]string
	do      error
	undoing error
}

func (s note) Do() error   { *s.at = append(*s.at, "do "+s.name); return s.do }
func (s note) Undo() error { *s.at = append(*s.at, "undo "+s.name); return s.undoing }
func (s note) Say() string { return "say " + s.name }

var errBroken = errors.New("broken")

// The steps are done in order, each traced before it.
func TestRun(t *testing.T) {
	var at []string
	trace := func(say string, _ bool) func(error) {
		at = append(at, "trace: "+say)
		return func(err error) { at = append(at, fmt.Sprint("over: ", err)) }
	}
	list := List{note{name: "a", at: &at}, note{name: "b", at: &at}}
	if err := list.Run(trace); err != nil {
		t.Fatal(err)
	}
	want := []string{"trace: say a", "do a", "over: <nil>", "trace: say b", "do b", "over: <nil>"}
	if !slices.Equal(at, want) {
		t.Errorf("got %q, want %q", at, want)
	}
	if err := (List{}).Run(trace); err != nil {
		t.Errorf("an empty list: %v", err)
	}
}

// Wherever it fails, what was done is undone, last first, and nothing else.
func TestRollBack(t *testing.T) {
	for failing := range 4 {
		var at []string
		var list List
		for i, name := range []string{"a", "b", "c", "d"} {
			s := note{name: name, at: &at}
			if i == failing {
				s.do = errBroken
			}
			list = append(list, s)
		}
		err := list.Run(Silent)
		if !errors.Is(err, errBroken) {
			t.Fatalf("the cause is lost: %v", err)
		}
		failed := new(Failed)
		if !errors.As(err, &failed) || failed.Step != list[failing].Say() {
			t.Errorf("step %d: the failed step is %q", failing, failed.Step)
		}
		var want []string
		for _, name := range []string{"a", "b", "c", "d"}[:failing+1] {
			want = append(want, "do "+name)
		}
		for _, name := range slices.Backward([]string{"a", "b", "c", "d"}[:failing]) {
			want = append(want, "undo "+name)
		}
		if !slices.Equal(at, want) {
			t.Errorf("step %d: got %q, want %q", failing, at, want)
		}
	}
}

// A roll-back goes on past an undo that fails, and says both.
func TestUndoFails(t *testing.T) {
	var at []string
	stuck := errors.New("stuck")
	err := List{
		note{name: "a", at: &at},
		note{name: "b", at: &at, undoing: stuck},
		note{name: "c", at: &at, do: errBroken},
	}.Run(Silent)
	if !errors.Is(err, errBroken) || !errors.Is(err, stuck) {
		t.Errorf("the error is %v", err)
	}
	if at[len(at)-1] != "undo a" {
		t.Errorf("the roll-back stops at %q", at)
	}
}

// An undo is traced as one, and a failure with its cause.
func TestUndoTrace(t *testing.T) {
	var at, said []string
	_ = List{note{name: "a\nsecond", at: &at}, note{name: "b", at: &at, do: errBroken}}.Run(func(say string, undoing bool) func(error) {
		return func(err error) { said = append(said, fmt.Sprintf("%s, %t, %v", say, undoing, err)) }
	})
	want := []string{"say a\nsecond, false, <nil>", "say b, false, broken", "say a\nsecond, true, <nil>"}
	if !slices.Equal(said, want) {
		t.Errorf("got %q, want %q", said, want)
	}
}

// Explaining does nothing, and hands on the writer's error.
func TestExplain(t *testing.T) {
	var at []string
	var out bytes.Buffer
	list := List{note{name: "a", at: &at}, note{name: "b", at: &at}}
	if err := list.Explain(&out); err != nil || out.String() != "say a\nsay b\n" || len(at) > 0 {
		t.Errorf("%v: %q, and done: %q", err, out.String(), at)
	}
	if err := list.Explain(full{}); !errors.Is(err, errBroken) {
		t.Errorf("a full disk: %v", err)
	}
}

// reason is a step with a why and an undoing that can be said.
type reason struct {
	note
	why string
}

func (s reason) Why() string     { return s.why }
func (s reason) SayUndo() string { return "unsay " + s.name }

// A reason stands above its steps, once; the undoing is said behind what is undone.
func TestExplainWhy(t *testing.T) {
	list := List{
		note{name: "a"}, reason{note{name: "b"}, "because (man 1 b)"},
		reason{note{name: "c"}, "because (man 1 b)"}, reason{note{name: "d"}, "two\nlines"}, reason{note{name: "e"}, ""},
	}
	var out bytes.Buffer
	want := "say a\n\n# because (man 1 b)\nsay b\nsay c\n\n# two\n# lines\nsay d\nsay e\n"
	if err := list.Explain(&out); err != nil || out.String() != want {
		t.Errorf("%v: got %q, want %q", err, out.String(), want)
	}
	out.Reset()
	want = "say a\n\n# because (man 1 b)\nsay b\nfinally 'unsay b'\nsay c\nfinally 'unsay c'\n\n# two\n# lines\nsay d\nfinally 'unsay d'\nsay e\nfinally 'unsay e'\n"
	if err := list.ExplainFinally(&out); err != nil || out.String() != want {
		t.Errorf("%v: got %q, want %q", err, out.String(), want)
	}
	if err := list.ExplainFinally(full{}); !errors.Is(err, errBroken) {
		t.Errorf("a full disk: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errBroken }

// sh(1) reads back what Quote wrote, byte for byte.
func TestQuote(t *testing.T) {
	words := []string{
		"", "plain", "a b", "it's", "''", "'", `\`, `a\'b`, `"`, "$HOME", "$(reboot)", "`id`", "*", "?", "[a]", "~", "~root",
		"#no", "a;b", "a&b", "a|b", "<", ">", "(", "!", "{a,b}", "line\nbreak", "\ttab", "trailing\n", "-n", "--", "a=b", "ä", "\xff\xfe", "%s", "^a",
	}
	var script strings.Builder
	for _, word := range words {
		script.WriteString(Say("printf", `%s\0`, word) + "\n")
	}
	for _, shell := range []string{"sh", "bash"} {
		out, err := exec.Command(shell, "-c", script.String()).Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if !slices.Equal(got, words) {
			t.Errorf("%s: got %q, want %q", shell, got, words)
		}
	}
	for _, word := range []string{"192.168.1.2/24", "mc-host-1", "a=b", "user@host", "10%"} {
		if Quote(word) != word {
			t.Errorf("%s is quoted, which nobody needs: %s", word, Quote(word))
		}
	}
}

// A command is its words, each quoted only where that is needed.
func TestSay(t *testing.T) {
	for want, words := range map[string][]string{
		"echo 'a b' ''":                {"echo", "a b", ""},
		"ip link set mc-a up":          {"ip", "link", "set", "mc-a", "up"},
		`mkdir -m 0755 '/run/it'\''s'`: {"mkdir", "-m", "0755", "/run/it's"},
		"":                             nil,
	} {
		if got := Say(words...); got != want {
			t.Errorf("%q: got %s, want %s", words, got, want)
		}
	}
}

// A step that has nothing to undo is undone with success.
func TestFinal(t *testing.T) {
	if err := (Final{}).Undo(); err != nil {
		t.Error(err)
	}
}

// FuzzQuote: any word without a NUL, which no program can be given, comes back
// from the shell as it was.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "a b", "it's", "$(x)", "\\", "\n", "-e", "\xff", "''", "~", "*", "a\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if strings.Contains(word, "\x00") {
			return
		}
		out, err := exec.Command("sh", "-c", Say("printf", "%s", word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q comes back as %q: %v", word, out, err)
		}
	})
}
