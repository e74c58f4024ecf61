package chain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Exit statuses of a command that did not start, as env(1) and the POSIX shell
// have them.
const (
	statusCannotRun = 126
	statusNotFound  = 127
)

// notRun is the error of a command that did not start.
type notRun struct {
	status int
	err    error
}

func (n *notRun) Error() string   { return n.err.Error() }
func (n *notRun) Unwrap() error   { return n.err }
func (n *notRun) ExitStatus() int { return n.status }

// NotFound is the error of a program that is not there, with the exit status
// 127: also for a link that looks before the chain does.
func NotFound(program string) error {
	if strings.Contains(program, "/") {
		return &notRun{statusNotFound, fmt.Errorf("%s: no such file", program)}
	}
	if program == "" {
		program = "''"
	}
	return &notRun{statusNotFound, fmt.Errorf("%s: command not found", program)}
}

// Candidates are the files that a program's name may mean, in the order in
// which execvp(3) tries them: those in the folders of path, unless the name has
// a slash.
func Candidates(program, path string) []string {
	if strings.Contains(program, "/") {
		return []string{program}
	}
	var all []string
	for _, folder := range filepath.SplitList(path) {
		switch {
		case program == "": // a folder is no program
		case folder == "", folder == ".":
			all = append(all, "./"+program)
		default:
			all = append(all, filepath.Join(folder, program))
		}
	}
	return all
}

// find looks the program up among its candidates.
func find(program, path string) (string, error) {
	notFound := NotFound(program)
	for _, candidate := range Candidates(program, path) {
		err := check(candidate)
		if err == nil {
			return candidate, nil
		}
		// A file that is there but cannot be run is worth more words than
		// "not found", unless a later folder has a better one.
		if exit := new(notRun); errors.As(err, &exit) && exit.status == statusCannotRun {
			notFound = err
		}
	}
	return "", notFound
}

// check tells why a file cannot be run, before anything is changed for it.
func check(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return NotFound(path)
	case err != nil:
		return &notRun{statusCannotRun, fmt.Errorf("%s: %w", path, step.Cause(err))}
	case info.IsDir():
		return &notRun{statusCannotRun, fmt.Errorf("%s: is a directory", path)}
	}
	if err := unix.Access(path, unix.X_OK); err != nil {
		return &notRun{statusCannotRun, fmt.Errorf("%s: not executable: %w", path, whyAccess(path, err))}
	}
	return nil
}
