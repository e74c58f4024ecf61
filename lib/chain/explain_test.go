package chain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mini-container/lib/privilege"
)

// script is a new one, and where it is written to.
func script(t *testing.T, l Link) (*Script, *strings.Builder) {
	t.Helper()
	out := new(strings.Builder)
	s, err := l.Script(out)
	if err != nil {
		t.Fatal(err)
	}
	return s, out
}

// A command to which nothing was promised is one line.
func TestExplainPlain(t *testing.T) {
	s, out := script(t, Link{Environ: os.Environ()})
	if err := s.Next([]string{"--", "echo", "a b"}, privilege.Here, "nsenter --net=/x"); err != nil {
		t.Fatal(err)
	}
	if want := "exec nsenter --net=/x echo 'a b'\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// What cannot be run is known when it is explained.
func TestExplainNotFound(t *testing.T) {
	s, _ := script(t, Link{Environ: os.Environ()})
	if err := s.Next([]string{"no-such-program"}, privilege.Here); err == nil {
		t.Error("a program that is not there is explained")
	}
}

// A promise is said where it is kept: inside of the inner shells, and after what
// still needs the rights.
func TestExplainPromises(t *testing.T) {
	s, out := script(t, Link{Environ: []string{"A=b c", "TERM=vt100", "MC_PROMISES=x"}, Inside: true})
	s.Promises = []Promise{{Say: "echo 0 >&3"}, {Become: &privilege.Spec{NoNewPrivs: true}}}
	s.Opened(3, 7)
	if err := s.Enter("unshare --uts"); err != nil {
		t.Fatal(err)
	}
	if err := s.Enter("nsenter --root=/x"); err != nil {
		t.Fatal(err)
	}
	if err := s.Next([]string{"cmd"}, privilege.Here, "nsenter --root=."); err != nil {
		t.Fatal(err)
	}
	want := `exec unshare --uts \
	sh -euc "$(cat <<'INSIDE'
exec nsenter --root=/x \
	sh -euc "$(cat <<'INSIDE2'

# What the command may not do (man 7 capabilities, man 1 setpriv, man 1 prlimit).

# Joined at the end: no shell or tool is charged to the group (man 7 cgroups).
echo 0 >&3

# The command gets no descriptor but 0, 1 and 2; the caller's others cannot be told here.
exec env -i 'A=b c' ${TERM:+"TERM=$TERM"} HOME=/root \
	setpriv --no-new-privs \
	nsenter --root=. \
	cmd 3>&- 7>&-
INSIDE2
)"
INSIDE
)"
`
	if out.String() != want {
		t.Errorf("got %s\nwant %s", out, want)
	}
}

// Another user is made by what enters the root.
func TestExplainUser(t *testing.T) {
	s, out := script(t, Link{Inside: true})
	s.Promises = []Promise{{Become: &privilege.Spec{User: "12:13", NoNewPrivs: true}}}
	through := []string{"nsenter --root=."}
	if err := s.Next([]string{"cmd"}, privilege.Here, through...); err != nil {
		t.Fatal(err)
	}
	want := "exec env -i HOME=/ \\\n\tsetpriv --no-new-privs \\\n\tnsenter --root=. --setgid 13 --setuid 12 \\\n\tcmd\n"
	if !strings.HasSuffix(out.String(), want) || through[0] != "nsenter --root=." {
		t.Errorf("%s, %q", out, through)
	}
}

// Who may not chroot(2) any more, or has what only setpriv(1) gives, is made so
// by the root's own programs, and that is said.
func TestExplainOrder(t *testing.T) {
	none := privilege.Set(0)
	for _, spec := range []privilege.Spec{{User: "12:13", Groups: []string{"14"}}, {Capabilities: &none}} {
		s, out := script(t, Link{Inside: true})
		s.Promises = []Promise{{Become: &spec}}
		if err := s.Next([]string{"cmd"}, privilege.Here, "nsenter --root=."); err != nil {
			t.Fatal(err)
		}
		root, less := strings.Index(out.String(), "nsenter"), strings.Index(out.String(), "\tsetpriv")
		if root < 0 || less < root || !strings.Contains(out.String(), "in the container's root and has to be there") {
			t.Errorf("%+v: %s", spec, out)
		}
	}
}

// No word of the caller's ends the text of an inner shell.
func TestExplainEnds(t *testing.T) {
	for _, word := range []string{"INSIDE", "INSIDE2", "a\nINSIDE\nb"} {
		s, out := script(t, Link{Inside: true})
		err := s.Next([]string{"cmd", "x\n" + word + "\n"}, privilege.Here)
		if err == nil {
			t.Errorf("%q is in the script: %s", word, out)
		}
	}
	s, _ := script(t, Link{Inside: true})
	if err := s.Next([]string{"cmd", "INSIDE", "x\nINSIDER\n"}, privilege.Here); err != nil {
		t.Errorf("what ends nothing is refused: %v", err)
	}
}

// The script goes from link to link by the environment; half of one is none.
func TestExplainHandedOn(t *testing.T) {
	if _, err := (Link{Environ: []string{"MC_EXPLAIN={"}}).Script(os.Stdout); err == nil {
		t.Error("half a script is taken")
	}
	s, out := script(t, Link{Environ: []string{`MC_EXPLAIN={"ends":["END"],"open":[4],"hostname":"h","own":true}`}, Inside: true})
	if s.Hostname != "h" || !s.Own {
		t.Errorf("%+v", s)
	}
	if err := s.Next([]string{"cmd"}, privilege.Here); err != nil || !strings.HasSuffix(out.String(), "cmd 4>&-\nEND\n") {
		t.Errorf("%v: %s", err, out)
	}
	if clean := Clean([]string{"MC_EXPLAIN={}"}); Lookup(clean, "MC_EXPLAIN") != "{}" {
		t.Errorf("a clean environment loses it: %q", clean)
	}
}

// A tool beside this one is asked to explain itself, and one that only has its
// name is not.
func TestExplainOurs(t *testing.T) {
	folder := install(t)
	foreign := write(t, filepath.Join(t.TempDir(), "mc-ns"), 0o755, "#!/bin/sh\necho \"$@\"\n")
	got := run(t, folder, nil, "mc-ns", "explain", "--", "mc-cgroup", "look")
	if got.stdout != "\n" || !strings.Contains(got.stderr, "--explain") {
		t.Errorf("%q, %q", got.stdout, got.stderr)
	}
	got = run(t, folder, nil, "mc-ns", "explain", "--", foreign, "a")
	if got.stdout != "exec "+foreign+" a\n" {
		t.Errorf("%q, %q", got.stdout, got.stderr)
	}
}
