package test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
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
	built, remove, err := testenv.Build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	tree, roots = built, testenv.NewRoot(built)
	before := testenv.Real()
	status := m.Run()
	if after := testenv.Real(); after != before {
		fmt.Fprintf(os.Stderr, "the host has changed; before:\n%s\nafter:\n%s\n", before, after)
		return 1
	}
	return status
}

// TestScripts runs the scripts of testdata, each on a host of its own, and
// looks at what they leave there.
func TestScripts(t *testing.T) {
	var mutex sync.Mutex
	var leaks []string
	t.Cleanup(func() {
		for _, leak := range leaks {
			t.Error(leak)
		}
	})
	testscript.Run(t, testscript.Params{
		Files:    scripts(t),
		Deadline: time.Now().Add(6 * time.Minute),
		Setup: func(e *testscript.Env) error {
			name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
			host, err := testenv.NewHost(name)
			if err != nil {
				return err
			}
			e.Vars = append(e.Vars, host.Environ()...)
			e.Setenv("PATH", tree.Path())
			e.Setenv("BIN", tree.Bin())
			e.Setenv("SHARED", tree.Shared())
			e.Defer(func() {
				mutex.Lock()
				defer mutex.Unlock()
				for _, left := range host.Leaks() {
					leaks = append(leaks, name+" leaves "+left)
				}
			})
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"need":   need,
			"rootfs": rootfs,
			"status": status,
		},
	})
}

// scripts are those of testdata. What only cgroup v2 can show is run where the
// controllers are on it: in the virtual machine, if not here.
func scripts(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if testenv.CgroupV2() {
		more, _ := filepath.Glob("testdata/v2/*.txt")
		files = append(files, more...)
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

// need: what the script cannot do without. In CI nothing may be skipped.
func need(ts *testscript.TestScript, neg bool, words []string) {
	if err := testenv.Need(words...); err != nil {
		ts.Fatalf("%v", err)
	}
}

// rootfs DIR: a root file system in the folder.
func rootfs(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(roots.In(ts.MkAbs(args[0])))
}

// status N COMMAND...: the command ends with that very status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	got := 0
	exit := new(exec.ExitError)
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			got = 128 + int(ws.Signal()) // as a shell has it
		}
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("status %d, not %s", got, args[0])
	}
}
