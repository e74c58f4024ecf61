package test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mini-container/test/testenv"
)

var (
	tree  testenv.Tree
	roots *testenv.Root
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	testenv.DefaultSignals()
	built, remove, err := testenv.Build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	tree, roots = built, testenv.NewRoot(built)
	before := testenv.Look()
	status := m.Run()
	if changes := before.Changes(); len(changes) > 0 {
		fmt.Fprintf(os.Stderr, "the host has changed:\n%s\n", strings.Join(changes, "\n"))
		return 1
	}
	return status
}

// TestScripts runs the scripts of testdata, each on a host of its own, and
// looks at what they leave there.
func TestScripts(t *testing.T) {
	deadline, _ := t.Deadline()
	testscript.Run(t, testscript.Params{
		Files:       scripts(t),
		Deadline:    deadline,
		WorkdirRoot: t.TempDir(), // removed with its roots, also when -run leaves scripts out
		Setup:       setup,
		Condition:   condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"eventually": eventually,
			"need":       need,
			"rootfs":     rootfs,
			"status":     status,
		},
	})
}

// shim is the key of the script's testscript.T, for need.
type shim struct{}

// setup runs on the goroutine that will start the script's programs, those
// with & too: what it does to its thread counts for all of them.
func setup(e *testscript.Env) error {
	host, err := testenv.NewHost(strings.TrimPrefix(filepath.Base(e.WorkDir), "script-"))
	if err != nil {
		return err
	}
	e.Values[shim{}] = e.T()
	e.Vars = append(e.Vars, host.Environ()...)
	e.Vars = append(e.Vars, tree.Environ()...)
	e.Defer(func() {
		if leaks := host.Leaks(); len(leaks) > 0 {
			host.Clear()
			e.T().Fatal("the script leaves\n" + strings.Join(leaks, "\n"))
		}
	})
	return nil
}

// scripts are those of testdata. What only cgroup v2 can show is run where the
// controllers are on it: in the virtual machine, if not here.
func scripts(t *testing.T) []string {
	patterns := []string{"testdata/*.txt"}
	if testenv.CgroupV2() {
		patterns = append(patterns, "testdata/v2/*.txt")
	}
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no scripts: %v", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}

func condition(word string) (bool, error) {
	switch word {
	case "cgroup2":
		return testenv.CgroupV2(), nil
	case "hybrid":
		return !testenv.CgroupV2(), nil
	case "vm":
		return os.Getenv("MC_VM") != "", nil
	}
	return false, fmt.Errorf("%s: no such condition", word)
}

// need WORD...: what the script cannot do without. Where it is not there, the
// script is skipped and that is said; in CI nothing may be skipped.
func need(ts *testscript.TestScript, neg bool, words []string) {
	missing, err := testenv.Need(words...)
	if neg {
		ts.Fatalf("a need cannot be negated")
	}
	ts.Check(err)
	if len(missing) == 0 {
		return
	}
	if testenv.CI() {
		ts.Fatalf("in CI nothing is skipped: %s", strings.Join(missing, ", "))
	}
	skipped := fmt.Sprintf("SKIPPED: %s: %s\n", ts.Name(), strings.Join(missing, ", "))
	fmt.Fprint(os.Stderr, skipped)
	ts.Check(note(skipped))
	ts.Value(shim{}).(testscript.T).Skip(strings.Join(missing, ", "))
}

// note adds the line to the file that make shows at the end: go test itself
// shows nothing of a package that has passed.
func note(line string) error {
	path := os.Getenv("SKIPPED_LOG")
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line)
	return errors.Join(err, file.Close())
}

// rootfs DIR: a root file system in the folder.
func rootfs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: rootfs DIR")
	}
	ts.Check(roots.In(ts.MkAbs(args[0])))
}

// status N COMMAND...: the command ends with that very status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	got, err := statusOf(ts.Exec(args[1], args[2:]...))
	ts.Check(err)
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("status %d, not %s", got, args[0])
	}
}

// statusOf is the status that a shell would have seen.
func statusOf(err error) (int, error) {
	exit := new(exec.ExitError)
	if !errors.As(err, &exit) {
		return 0, err
	}
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return exit.ExitCode(), nil
}

// eventually COMMAND...: the command succeeds within 10 seconds.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: eventually COMMAND...")
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[0], args[1:]...)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("not within 10 seconds: %v", err)
		}
	}
}
