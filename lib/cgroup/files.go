package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// files reads the files of groups one by one, and keeps the first error, so
// that it is asked for once, in the end. What a reader without descriptors
// cannot see must not be taken for what is not there.
type files struct{ err error }

// has tells whether a group has the file.
func (f *files) has(folder, file string) bool {
	path := filepath.Join(folder, file)
	_, err := os.Stat(path)
	if f.err == nil && err != nil && !absent(err) {
		f.err = fmt.Errorf("%s: %w", path, step.Cause(err))
	}
	return err == nil
}

// text is that of a group's file without its last newline, and "" when the
// file is not there: older kernels lack some, and a group may go meanwhile.
func (f *files) text(folder, file string) string {
	path := filepath.Join(folder, file)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		return strings.TrimSpace(string(text))
	case f.err == nil && !absent(err):
		f.err = fmt.Errorf("%s: %w", path, step.Cause(err))
	}
	return ""
}

// field is the value of one "KEY VALUE" line of a group's file.
func (f *files) field(folder, file, key string) Amount {
	for line := range strings.Lines(f.text(folder, file)) {
		if value, ok := strings.CutPrefix(line, key+" "); ok {
			return Amount(strings.TrimSpace(value))
		}
	}
	return ""
}

// like are the files of a group whose names have the form, in which * stands for
// anything.
func (f *files) like(folder, form string) (names []string) {
	if !strings.Contains(form, "*") {
		return []string{form}
	}
	entries, err := os.ReadDir(folder)
	if f.err == nil && err != nil && !absent(err) {
		f.err = fmt.Errorf("%s: %w", folder, step.Cause(err))
	}
	for _, e := range entries {
		if is, _ := filepath.Match(form, e.Name()); is {
			names = append(names, e.Name())
		}
	}
	return names
}

// absent tells that the error is of what is not there: a file that this kernel
// or this kind of group has not, a group or a process that has gone.
func absent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) ||
		errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EOPNOTSUPP)
}

// there tells whether a folder is there: one that cannot be looked at may be.
func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !absent(err)
}

// read is for a hint or a name beside a number: what cannot be read is not in
// it.
func read(folder, file string) string { return new(files).text(folder, file) }
