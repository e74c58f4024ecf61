//go:build !vm

// Package crash holds the tools to one property: whatever fails in them and
// whenever they are killed, nothing is left that the next command does not
// clean up by itself. Its programs are built with the tag fault.
package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"mini-container/test/testenv"
)

var (
	tree  testenv.Tree
	roots *testenv.Root
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	testenv.DefaultSignals()
	built, remove, err := testenv.Build("fault")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	tree, roots = built, testenv.NewRoot(built)
	return m.Run()
}

// place is a host of the test's own and a folder with a root file system.
type place struct {
	t    *testing.T
	host *testenv.Host
	dir  string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, host: testenv.Isolate(t), dir: t.TempDir()}
	if err := roots.In(filepath.Join(p.dir, "root")); err != nil {
		t.Fatal(err)
	}
	return p
}

// result is how a command ended; hung is one that had to be killed.
type result struct {
	status         int
	stdout, stderr string
	hung           bool
}

// command prepares a command of bash, with more environment.
func (p *place) command(line string, environ ...string) *exec.Cmd {
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir = p.dir
	cmd.Env = append(append(p.host.Environ(), tree.Environ()...), environ...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// do runs a command of bash to its end, which is not waited for too long.
func (p *place) do(line string, environ ...string) result {
	p.t.Helper()
	cmd := p.command(line, environ...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	r := result{}
	watch := time.AfterFunc(30*time.Second, func() {
		r.hung = true
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	err := cmd.Wait()
	watch.Stop()
	exit := new(exec.ExitError)
	if errors.As(err, &exit) {
		r.status = exit.ExitCode()
	} else if err != nil {
		p.t.Fatal(err)
	}
	r.stdout, r.stderr = stdout.String(), reported.ReplaceAllString(stderr.String(), "")
	return r
}

// reported is the line of a run that was asked for one, and that of a host that
// begins to forward: it is no complaint.
var reported = regexp.MustCompile(`(?m)^mc-(cgroup: host-1: .* forks refused, |net: host-1: this host forwards IPv).*\n`)

// must runs a command that has to succeed without a word on stderr.
func (p *place) must(line string) result {
	p.t.Helper()
	r := p.do(line)
	if r.status != 0 || r.stderr != "" || r.hung {
		p.t.Fatalf("%s: %+v", line, r)
	}
	return r
}

// settles waits until the state is the wanted one: the kernel takes its time
// for what it destroys by itself.
func (p *place) settles(want string) (last string, ok bool) {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if last = p.host.State(); last == want {
			return last, true
		}
		if time.Now().After(end) {
			return last, false
		}
	}
}
