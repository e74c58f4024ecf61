package cli

import (
	"strings"
	"testing"

	"mini-container/lib/step"
)

// undone is a step that can say how it is undone.
type undone struct{ step.Mkdir }

func (undone) SayUndo() string { return "rmdir a" }
func (undone) Why() string     { return "a folder (man 1 mkdir)" }

// --explain says the steps, --explain=finally also how they are undone; neither
// does one.
func TestExplainFlag(t *testing.T) {
	folder := t.TempDir() + "/a"
	for flag, want := range map[ExplainFlag]string{
		explainDo:      "# a folder (man 1 mkdir)\nmkdir -p -m 0700 " + folder + "\n",
		explainFinally: "# a folder (man 1 mkdir)\nmkdir -p -m 0700 " + folder + "\nfinally 'rmdir a'\n",
	} {
		var out strings.Builder
		env := &Env{Stdout: &out, explain: flag}
		if err := env.Run(step.List{undone{step.Mkdir{Path: folder, Mode: 0o700}}}); err != nil || out.String() != want {
			t.Errorf("%s: %v, %q, want %q", flag, err, out.String(), want)
		}
		if !env.Explains() {
			t.Errorf("%s: does not explain", flag)
		}
	}
	if (&Env{}).Explains() {
		t.Error("it explains without a flag")
	}
}

// The flag has a value or none, and no other value.
func TestExplainFlagWords(t *testing.T) {
	for _, word := range []string{"--explain", "--explain=do"} {
		if got := call(nil, nil, "up", "a", word); got.status != 0 || got.done != 0 || got.stdout != "ip link add 'a b'\n" {
			t.Errorf("%s: %+v", word, got)
		}
	}
	if got := call(nil, nil, "up", "a", "--explain=finally"); got.status != 0 || got.done != 0 || got.stdout != "ip link add 'a b'\n" {
		t.Errorf("finally: %+v", got)
	}
	if got := call(nil, nil, "up", "a", "--explain=all"); got.status != 125 || got.done != 0 || !strings.Contains(got.stderr, `"all": is neither do nor finally`) {
		t.Errorf("all: %+v", got)
	}
}
