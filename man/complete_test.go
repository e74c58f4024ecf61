package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// answer is what a program prints.
func answer(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestBash asks as readline does, by the words and the cursor.
func TestBash(t *testing.T) {
	const ask = `. /usr/share/bash-completion/bash_completion; cd "$1"; shift
for f in *; do . ./"$f"; done
_payload() { COMPREPLY=(handed-"${COMP_WORDS[0]}-over"); }; complete -F _payload payload
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
f=_${1//-/_}; "$f" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[@]}"`
	for line, want := range map[string]string{
		"mc-net u":                                   "up",
		"mc-net up web --pub":                        "--publish",
		"mc-ns run --mount -- mc-cgroup exe":         "exec",
		"mc-ns run -- mc-rootfs pivot r -- payload ": "handed-payload-over",
	} {
		args := append([]string{"-c", ask, "bash", filepath.Join(made, "bash-completion/completions")}, strings.Split(line, " ")...)
		if got := strings.Fields(answer(t, "bash", args...)); len(got) != 1 || got[0] != want {
			t.Errorf("%q: completed to %q, want %s", line, got, want)
		}
	}
}

// TestZsh runs the function with the words of its widget, and a compadd
// that prints.
func TestZsh(t *testing.T) {
	const ask = `compadd() { shift; print -l -- "$@"; }; _normal() { print "next: $words ($CURRENT)"; }; _files() { }
f=$1; shift; words=("$@"); CURRENT=$#; PREFIX=${words[-1]}
run() { eval "$(<$f)"; }; run`
	for line, want := range map[string]string{
		"mc-net u":               "up",
		"mc-net up web --pub":    "--publish",
		"mc-net exec web -- ss ": "next: ss  (2)",
	} {
		args := append([]string{"-f", "-c", ask, "zsh", filepath.Join(made, "zsh/site-functions/_mc-net")}, strings.Split(line, " ")...)
		if got := answer(t, "zsh", args...); !strings.Contains("\n"+got, "\n"+want+"\n") {
			t.Errorf("%q: completed to %q, want %s", line, got, want)
		}
	}
}

// TestFish asks fish itself.
func TestFish(t *testing.T) {
	for line, want := range map[string]string{"mc-net u": "up\t", "mc-net up web --pub": "--publish\t"} {
		got := answer(t, "fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, filepath.Join(made, "fish/vendor_completions.d/mc-net.fish"), line)
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q: completed to %q, want %s", line, got, want)
		}
	}
}
