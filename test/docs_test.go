package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mini-container/test/testenv"
)

// TestDocs runs the blocks of a document, a session of a terminal or a script
// of a shell, each document on a host of its own and in one shell. What a
// session shows is compared, but for what is written as "…"; what is typed at
// "/ # " is for the command before. Between the blocks, <!-- run: COMMAND -->
// is done too, and <!-- not run: REASON --> leaves the next block out.
func TestDocs(t *testing.T) {
	for _, page := range pages(t) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			all := said(string(text))
			printed := session(t, all)
			for i, c := range all {
				switch is, ran := printed[i]; {
				case !ran:
					t.Errorf("%s:%d: not reached: %s", page, c.line, c.text)
				case !c.script && !c.shows.MatchString(is):
					t.Errorf("%s:%d: %s\nprints\n%s\nand the page says\n%s", page, c.line, c.text, is, c.shown)
				}
			}
		})
	}
}

// pages are the README, which the virtual machine has not, and those of docs.
func pages(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"README.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(testenv.Repository(), pattern))
		if err != nil || len(found) == 0 && os.Getenv("MC_VM") == "" {
			t.Fatalf("%s: no pages: %v", pattern, err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(said(string(text))) > 0 {
				all = append(all, path)
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("no page has a command")
	}
	return all
}

// command is what a document says to type, and to see.
type command struct {
	line   int
	text   string
	typed  string // to the command, at its own prompt
	script bool   // all of it has to succeed, and it shows nothing
	shown  string
	shows  *regexp.Regexp // the same, with a space for what differs
}

// said are the commands of a document.
func said(text string) (all []command) {
	kind, left, explains, before := "", false, false, regexp.MustCompile(`^<!-- run: (.*) -->$`)
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && kind == "":
			kind = fence + " "
			if fence == "sh" && !left {
				all = append(all, command{line: i + 2, script: true})
			}
		case isFence:
			kind, left, explains = "", false, false
		case kind == "" && line != "":
			left = strings.HasPrefix(line, "<!-- not run: ")
			if match := before.FindStringSubmatch(line); match != nil {
				all = append(all, command{line: i + 1, text: match[1] + "\n", script: true})
			}
		case left:
		case kind == "sh ":
			all[len(all)-1].text += line + "\n"
		case kind == "console " && !explains && (strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "$ ")):
			explains = strings.Contains(line, " --explain") // which shows comments
			all = append(all, command{line: i + 1, text: line[2:] + "\n"})
		case kind == "console " && strings.HasPrefix(line, "/ # ") && len(all) > 0:
			all[len(all)-1].typed += line[len("/ # "):] + "\n"
		case kind == "console " && len(all) > 0:
			all[len(all)-1].shown += line + "\n"
		}
	}
	for i := range all {
		pattern := regexp.QuoteMeta(all[i].shown)
		pattern = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(pattern, `(?:.*\n)+?`)
		all[i].shows = regexp.MustCompile(`\A` + strings.ReplaceAll(pattern, "…", `.+`) + `\z`)
	}
	return all
}

// mark is between what two commands print.
const mark = "\x1e"

// session types the commands and gives what each has printed to stdout. One
// that is a script of its own has to end well.
func session(t *testing.T, all []command) map[int]string {
	t.Helper()
	host := testenv.Isolate(t)
	dir := t.TempDir()
	if err := roots.In(filepath.Join(dir, "rootfs")); err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for i, c := range all {
		fmt.Fprintf(&script, "printf '"+mark+"%d\\n'\n", i)
		switch {
		case c.script:
			fmt.Fprintf(&script, "set -e\n%sset +e\n", c.text)
		case c.shown == "":
			fmt.Fprintf(&script, "%s(exit $?) || echo status $?\n", c.text)
		case c.typed != "":
			fmt.Fprintf(&script, "%s <<'TYPED'\n%sTYPED\n", strings.TrimSuffix(c.text, "\n"), c.typed)
		default:
			script.WriteString(c.text)
		}
	}
	var out, stderr bytes.Buffer
	cmd := exec.Command("timeout", "300", "bash", "-c", script.String())
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &stderr
	cmd.Env = append(append(os.Environ(), host.Environ()...), tree.Environ()...)
	cmd.WaitDelay = 10 * time.Second // for what a page that stopped half-way has in the background
	if err := cmd.Run(); err != nil {
		t.Errorf("the last command: %v", err)
	}
	printed := map[int]string{}
	for _, part := range strings.Split(strings.ReplaceAll(out.String(), host.Parent, "mini-container"), mark)[1:] {
		number, text, _ := strings.Cut(part, "\n")
		i := 0
		if _, err := fmt.Sscan(number, &i); err == nil {
			printed[i] = text
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("on stderr:\n%s", stderr.String())
		}
	})
	return printed
}
