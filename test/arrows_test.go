//go:build !vm

// The virtual machine has no Go toolchain to ask for the imports: its test
// program is built with the tag. Everywhere else a missing toolchain fails.

package test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "mini-container/"

// arrow is what the packages below a path may import of the project.
type arrow struct {
	from string
	to   []string
	why  string
}

// arrows are all that there are: a package that no row names may not be.
var arrows = []arrow{
	{"lib/name", nil, "a name and what follows from it touches nothing"},
	{"lib/owner", nil, "who has a container is asked of the kernel alone"},
	{"lib/lock", []string{"lib/step"}, "a lock knows only its file"},
	{"lib/step", nil, "a list of changes knows no subsystem"},
	{"lib/status", nil, "one line of JSON, written by every link"},
	{"lib/capable", nil, "what this process may do is asked of the kernel alone"},
	{"lib/nofile", nil, "it is there before everything else"},
	{"lib/raw", nil, "bare system calls"},
	{"lib/process", []string{"lib/plain"}, "it only looks"},
	{"lib/seccomp", nil, "a profile is a text, and a filter bytes"},
	{"lib/chain", []string{"lib/status", "lib/step", "lib/privilege", "lib/raw", "lib/nofile"}, "promises are of two kinds: write to a descriptor, become a user"},
	{"lib/cli", []string{"lib/chain", "lib/step", "lib/status", "lib/name"}, "one error line and one exit status for all tools; it calls no kernel"},
	{"lib/plain", []string{"lib/step"}, "what a person reads, of whatever subsystem"},
	{"lib/screen", nil, "a picture is lines, whatever they show"},
	{"lib/nft", nil, "a table is a text and its messages, whatever it is for"},
	{"lib/network", []string{"lib/name", "lib/nft", "lib/step", "lib/owner", "lib/lock", "lib/plain", "lib/capable"}, "subsystems meet in the script and in cmd, never in each other"},
	{"lib/cgroup", []string{"lib/name", "lib/step", "lib/owner", "lib/lock", "lib/chain", "lib/raw", "lib/status", "lib/supervise", "lib/plain"}, "joining a group is a promise; who reports starts the next link"},
	{"lib/supervise", []string{"lib/status"}, "a child is a process, whoever has started it"},
	{"lib/namespace", []string{"lib/name", "lib/step", "lib/status", "lib/chain", "lib/raw", "lib/supervise", "lib/capable"}, "the supervisor starts the next link, and says how it ended"},
	{"lib/rootfs", []string{"lib/step", "lib/chain", "lib/plain", "lib/capable"}, "a command is looked up inside before anything is changed"},
	{"lib/unpack", []string{"lib/step"}, "a folder is made from a stream: nobody runs in it yet"},
	{"lib/privilege", []string{"lib/raw", "lib/step", "lib/capable"}, "who the command is has nothing to do with where it runs"},
	{"cmd/", []string{"lib/"}, "flags and verbs; several subsystems may meet in one verb"},
}

// packages gives each package of the patterns with what it imports itself.
func packages(t *testing.T, patterns ...string) map[string][]string {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-f", `{{.ImportPath}} {{join .Imports " "}}`}, patterns...)...)
	list.Dir = ".."
	var stderr strings.Builder
	list.Stderr = &stderr // apart: the tool says there what it downloads
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		imports[strings.TrimPrefix(words[0], module)] = words[1:]
	}
	return imports
}

// below tells whether the package is the path, or in the folder that it is.
func below(path, pkg string) bool {
	return pkg == path || strings.HasSuffix(path, "/") && strings.HasPrefix(pkg, path)
}

// TestArrows holds the arrows between the packages.
func TestArrows(t *testing.T) {
	checked := 0
	for pkg, imports := range packages(t, "./cmd/...", "./lib/...") {
		at := slices.IndexFunc(arrows, func(a arrow) bool { return below(a.from, pkg) })
		if at < 0 {
			t.Errorf("%s: no row of the table says what it may import", pkg)
			continue
		}
		for _, imported := range imports {
			ours, is := strings.CutPrefix(imported, module)
			if !is {
				continue
			}
			checked++
			if !slices.ContainsFunc(arrows[at].to, func(to string) bool { return below(to, ours) }) {
				t.Errorf("%s imports %s: it may import %q only: %s", pkg, ours, arrows[at].to, arrows[at].why)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d arrows were seen: does the test look at the right place?", checked)
	}
}

// foreign are packages that the product does without.
var foreign = []struct{ pkg, where, why string }{
	{"os/exec", "", "the tools talk to the kernel and run no other program to do their work"},
	{"plugin", "", "static programs"},
	{"net", "lib/rootfs", "what / is has no network"},
	{"syscall", "cmd/", "cmd has flags and verbs, and makes no system call"},
	{"unsafe", "cmd/", "cmd has flags and verbs, and makes no system call"},
	{"github.com/alecthomas/kong", "lib/network", "flags are parsed in cmd"},
	{"github.com/alecthomas/kong", "lib/cgroup", "flags are parsed in cmd"},
	{"github.com/alecthomas/kong", "lib/namespace", "flags are parsed in cmd"},
	{"github.com/alecthomas/kong", "lib/rootfs", "flags are parsed in cmd"},
	{"github.com/alecthomas/kong", "lib/chain", "flags are parsed in cmd"},
}

// TestForeign holds what the product must not import from elsewhere.
func TestForeign(t *testing.T) {
	for pkg, imports := range packages(t, "./cmd/...", "./lib/...") {
		for _, f := range foreign {
			if (f.where == "" || below(f.where, pkg)) && slices.Contains(imports, f.pkg) {
				t.Errorf("%s imports %s: %s", pkg, f.pkg, f.why)
			}
		}
	}
}

// TestDocumented: go doc has something to say of every package and tool.
func TestDocumented(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{if .GoFiles}}{{.ImportPath}} {{.Name}} {{.Doc}}{{end}}`, "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) < 6 {
			t.Errorf("%s: no package comment that go doc shows", words[0])
		}
		if strings.HasPrefix(words[0], module+"cmd/") {
			doc := exec.Command("go", "doc", words[0])
			doc.Dir = ".."
			if manual, err := doc.Output(); err != nil || strings.Count(string(manual), "\n") < 4 {
				t.Errorf("%s: go doc must show a short manual, but shows %q (%v)", words[0], manual, err)
			}
		}
	}
}
