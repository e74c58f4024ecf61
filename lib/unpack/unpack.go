// Package unpack makes a folder with a root file system from a tar stream.
//
// The stream is not trusted. Each name in it is resolved by openat2(2) beneath
// the new folder and through no symbolic link; a name that leads elsewhere is
// an error that says which it is. All happens in a folder beside the wanted
// one, which is renamed at the end: what is cut off, by whatever, never looks
// like a finished root.
package unpack

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Spec is what shall be unpacked, and where to.
type Spec struct {
	Tarball string // a file, or - for standard input
	Dir     string // a folder that is not there, or is empty
	Devices bool   // make device nodes, and do not skip them

	Progress *Progress // who is told how far it is; nil for nobody
}

// Result is what came of it.
type Result struct {
	Path    string `json:"path"`    // absolute
	Members int64  `json:"members"` // of the archive: files, folders, links
	Bytes   int64  `json:"bytes"`   // content of files, without holes

	Devices int64 `json:"devices_skipped"`
	Owners  int64 `json:"owners_not_set"`
	Xattrs  int64 `json:"xattrs_not_set"`
}

// Plan checks what can be checked before anything is changed, and plans the
// steps. The result is complete when they are done.
func Plan(s Spec) (step.List, *Result, error) {
	in, err := open(s.Tarball)
	if err != nil {
		return nil, nil, err
	}
	to, err := newPlace(s.Dir)
	if err != nil {
		return nil, nil, err
	}
	absolute, err := filepath.Abs(to.path()) // for who reads it elsewhere
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", to.path(), step.Cause(err))
	}
	job := &job{spec: s, in: in, place: to, result: Result{Path: absolute}}
	return step.List{&folder{job}, &extract{job: job}, &rename{job: job}}, &job.result, nil
}

// job is what the steps share.
type job struct {
	spec   Spec
	in     *input
	place  *place
	stop   *stop
	result Result
}

// deaf ends the wait for signals.
func (j *job) deaf() {
	if j.stop != nil {
		j.stop.end()
	}
	j.stop = nil
}

// extract unpacks the stream into the new folder. What it has made goes with
// that.
type extract struct {
	step.Final
	*job
}

func (s *extract) Do() error {
	// For the folders that no member names: the others get modes of their own.
	defer unix.Umask(unix.Umask(0o022))
	defer s.in.file.Close()
	if err := s.members(); err != nil {
		return s.in.why(err)
	}
	return nil
}

func (s *extract) members() error {
	defer s.spec.Progress.end()
	t := newTree(s.place.fd, s.spec, &s.result)
	defer t.close()
	stream := readAhead(s.stop, s.in.decompress)
	defer stream.end()
	a := newArchive(stream)
	for {
		m, err := a.next()
		if err != nil {
			return err
		}
		if m == nil {
			break
		}
		if err := t.add(m, a); err != nil {
			return inMember(m, err)
		}
		s.spec.Progress.tell(&s.result)
	}
	if err := a.end(); err != nil {
		return err
	}
	return t.finish()
}

func (s *extract) Say() string {
	return step.Say("tar", "--extract", "--numeric-owner", "--preserve-permissions", "--xattrs",
		"--file", s.in.name, "--directory", s.place.beside())
}
