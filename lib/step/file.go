package step

import (
	"fmt"
	"io/fs"
	"os"
)

// Mkdir makes one folder. A folder that is there already is an error.
type Mkdir struct {
	Path string
	Mode fs.FileMode
}

// Do makes the folder.
func (s Mkdir) Do() error { return bare("make folder", s.Path, os.Mkdir(s.Path, s.Mode)) }

// Undo removes it, if it is empty.
func (s Mkdir) Undo() error { return bare("remove folder", s.Path, os.Remove(s.Path)) }

// Say is mkdir(1).
func (s Mkdir) Say() string {
	return Say("mkdir", "-p", "-m", fmt.Sprintf("%04o", s.Mode.Perm()), s.Path)
}

// WriteFile writes a text to a file that is there, in one write(2): a file of
// /proc, /sys or a cgroup.
type WriteFile struct {
	Final
	Path, Text string
}

// Do writes the text.
func (s WriteFile) Do() error {
	f, err := os.OpenFile(s.Path, os.O_WRONLY, 0)
	if err != nil {
		return bare("open", s.Path, err)
	}
	defer f.Close()
	_, err = f.WriteString(s.Text)
	return bare("write "+fmt.Sprintf("%q", s.Text)+" to", s.Path, err)
}

// Say is echo(1).
func (s WriteFile) Say() string { return Say("echo", s.Text) + " >" + Quote(s.Path) }

// bare replaces the path error of package os, whose text says the system call
// twice over, by verb, object and cause.
func bare(verb, path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", verb, path, Cause(err))
}
