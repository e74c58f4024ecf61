package chain

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/privilege"
)

// TestMain makes this very program a link of a chain, where it is called by
// the name of one.
func TestMain(m *testing.M) {
	if tool := filepath.Base(os.Args[0]); slices.Contains(tools, tool) {
		os.Exit(link(tool, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// link does as our tools do: [look FILE] [promise FILE TEXT]... NEXT.... It
// says its trace on stderr, and what it sees in FILE.
func link(tool string, args []string) int {
	var promises []Promise
	for len(args) > 2 {
		if args[0] == "look" {
			text, _ := os.ReadFile(args[1])
			fmt.Fprintf(os.Stderr, "%s sees %q\n", tool, text)
			args = args[2:]
			continue
		}
		if args[0] == "explain" {
			s, err := Link{Tool: tool, Environ: os.Environ()}.Script(os.Stdout)
			if err == nil {
				err = s.Next(args[1:], privilege.Here)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
			return 0
		}
		if args[0] != "promise" {
			break
		}
		fd, err := unix.Open(args[1], unix.O_WRONLY|unix.O_APPEND|unix.O_CLOEXEC, 0)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		promises = append(promises, Promise{FD: fd, Text: args[2], What: "write to " + filepath.Base(args[1]), Say: "# write to " + filepath.Base(args[1])})
		args = args[3:]
	}
	err := Link{Tool: tool, Environ: os.Environ(), Trace: func(say string) { fmt.Fprintln(os.Stderr, "+ "+say) }}.Next(args, promises...)
	fmt.Fprintln(os.Stderr, err)
	var exit interface{ ExitStatus() int }
	if errors.As(err, &exit) {
		return exit.ExitStatus()
	}
	return 125
}

// install puts this program, by the names of our tools, into a folder.
func install(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, tool := range []string{"mc-ns", "mc-cgroup"} {
		self, err := os.Open("/proc/self/exe")
		if err != nil {
			t.Fatal(err)
		}
		copied, err := os.OpenFile(filepath.Join(folder, tool), os.O_CREATE|os.O_WRONLY, 0o755)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(copied, self)
		if err := errors.Join(err, copied.Close(), self.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// ran is how a program ended.
type ran struct {
	stdout, stderr string
	status         int
}

// run runs a chain, with the folder's tools first on its PATH.
func run(t *testing.T, folder string, files []*os.File, args ...string) ran {
	t.Helper()
	cmd := exec.Command(filepath.Join(folder, args[0]), args[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
	if len(files) > 0 {
		cmd.Env = append(cmd.Env, "MC_STATUS_FD=3")
	}
	cmd.ExtraFiles = files
	cmd.Dir = folder
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// write makes a file and gives its path.
func write(t *testing.T, path string, mode os.FileMode, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}
