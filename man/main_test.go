package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// made is the folder with all that is made here.
var made string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "mini-container-manual-")
	if err == nil {
		err = run("..", []string{folder})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	made = folder
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// page is a page's text without what roff needs.
func page(t *testing.T, path string) string {
	t.Helper()
	return strings.NewReplacer(`\-`, "-", `\fB`, "", `\fI`, "", `\fP`, "", `\&`, "", `\\`, `\`).Replace(read(t, path))
}

// TestPages: each verb, argument and option of each tool is in its page, with
// its text; each page has its parts, and no checker of pages has a word to say.
func TestPages(t *testing.T) {
	all, err := ask("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range all {
		text := page(t, filepath.Join(made, "man", "man8", tool.Name+".8"))
		for _, part := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", `"EXIT STATUS"`, "ENVIRONMENT", "EXAMPLES", `"SEE ALSO"`} {
			if !strings.Contains(text, "\n.SH "+strings.Trim(part, `"`)+"\n") && !strings.Contains(text, "\n.SH "+part+"\n") {
				t.Errorf("%s: no part %s", tool.Name, part)
			}
		}
		lacks := func(what ...string) {
			for _, s := range what {
				if !strings.Contains(text, s) {
					t.Errorf("%s.8: lacks %q", tool.Name, s)
				}
			}
		}
		if len(tool.Verbs) < 3 {
			t.Errorf("%s has %d verbs", tool.Name, len(tool.Verbs))
		}
		for _, v := range append(tool.Verbs, tool) {
			if v.Name != tool.Name {
				lacks(".SS "+tool.Name+" "+v.Name, v.Help)
				_, example, _ := strings.Cut(v.Detail, "Example:")
				lacks(".EX\n" + strings.TrimSpace(strings.ReplaceAll(example, "\n    ", "\n")) + "\n.EE\n")
			}
			for _, a := range v.Args {
				lacks("\n" + strings.Trim(operand(a), "*.") + strings.Repeat(".", 3*strings.Count(operand(a), "...")) + "\n" + a.Help)
			}
			for _, f := range v.Flags {
				long := "--" + f.Name
				if f.Value != "" {
					long += "=" + f.Value
				}
				if f.Short != "" {
					long = "-" + f.Short + ", " + long
				}
				if f.No {
					long += ", --no-" + f.Name
				}
				lacks(".TP\n" + long + "\n" + f.Help + "\n")
			}
		}
	}
}

// TestLint: no checker of pages has a word to say, but of the date, which would
// be that of the build.
func TestLint(t *testing.T) {
	pages, _ := filepath.Glob(made + "/man/man[1-8]/*")
	if len(pages) != len(tools)+len(scripts)+1 {
		t.Errorf("the pages are %q", pages)
	}
	for _, path := range pages {
		out, err := exec.Command("mandoc", "-Tlint", "-Wwarning", path).CombinedOutput()
		if len(out) == 0 && err != nil {
			t.Errorf("mandoc: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "missing date") {
				t.Error(line)
			}
		}
	}
}

// TestScripts: each option of a script's help is in its page, and so is each
// that it takes.
func TestScripts(t *testing.T) {
	option := regexp.MustCompile(`--[a-z-]+[a-z]`)
	for _, script := range scripts {
		text := page(t, filepath.Join(made, "man", "man8", script+".8"))
		source, _, _ := strings.Cut(read(t, "../scripts/"+script), "# What follows")
		source, _, _ = strings.Cut(source, "name=$")
		_, loop, _ := strings.Cut(source, "while [[ ${1-} == -* ]]")
		taken := option.FindAllString(loop, -1)
		if len(taken) < 10 {
			t.Errorf("%s: takes %q", script, taken)
		}
		for _, o := range taken {
			if !strings.Contains(text, o) {
				t.Errorf("%s.8: lacks %s", script, o)
			}
		}
	}
}

// TestVariables: each variable of the sources is in mini-container(7), and each
// that is there is in the sources.
func TestVariables(t *testing.T) {
	variable := regexp.MustCompile(`\bMC_[A-Z_]*[A-Z]\b|\bNO_COLOR\b`)
	used := map[string]bool{}
	for _, folder := range []string{"../cmd", "../lib", "../scripts"} {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasSuffix(path, "_test.go") {
				for _, name := range variable.FindAllString(read(t, path), -1) {
					used[name] = true
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	told := map[string]bool{}
	_, environment, _ := strings.Cut(page(t, made+"/man/man7/mini-container.7"), ".SH ENVIRONMENT")
	environment, _, _ = strings.Cut(environment, ".SH FILES")
	for _, name := range variable.FindAllString(environment, -1) {
		told[name] = true
	}
	if !maps.Equal(used, told) || len(used) < 10 {
		t.Errorf("used %q\ntold %q", slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(told)))
	}
	for _, name := range []string{"MC_PROMISES", "MC_FAULT"} {
		if !strings.Contains(environment, name+"\nInternal: ") {
			t.Errorf("%s is not said to be internal", name)
		}
	}
}

// TestHelp: each verb of each tool says what it does, has an example, and fits
// a terminal; and so does each script.
func TestHelp(t *testing.T) {
	all, err := ask("..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+"/", "./cmd/...")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, tool := range all {
		help(t, false, filepath.Join(bin, tool.Name))
		for _, v := range tool.Verbs {
			help(t, true, filepath.Join(bin, tool.Name), v.Name)
		}
	}
	for _, script := range scripts {
		help(t, true, "../scripts/"+script)
	}
}

func help(t *testing.T, example bool, args ...string) {
	t.Helper()
	out, err := exec.Command(args[0], append(args[1:], "--help")...).Output()
	if err != nil || !strings.HasPrefix(string(out), "Usage: ") || example && !strings.Contains(string(out), "Example:") {
		t.Errorf("%q: %v, %s", args, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("%q: over 80 columns: %s", args, line)
		}
	}
}

// TestPlain: no character of a help text means anything to markdown or roff.
func TestPlain(t *testing.T) {
	for _, text := range []string{"[HOSTIP:]PORT:PORT[/udp]", `\: is *no* _colon_`, "a<b>|c & ~d", "'quoted", ".dot", "- and -x --long"} {
		got := roff("x\n: " + plain(text) + "\n")
		got = got[strings.Index(got, ".TP\nx\n")+len(".TP\nx\n"):]
		got = strings.NewReplacer(`\-`, "-", `\&`, "", `\\`, `\`).Replace(strings.TrimSpace(got))
		if got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestArguments: it takes one folder.
func TestArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"a", "b"}} {
		if err := run("..", args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
