package rootfs

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/plain"
)

// Report is what Check has found, and what Pivot would do.
type Report struct {
	Root     string         `json:"root"`
	Fit      bool           `json:"fit"` // nothing is bad: the command would run
	Findings plain.Findings `json:"findings"`
	Pivot    []string       `json:"pivot"` // as shell commands

	tree *tree
}

// Check looks whether the root of the spec would do for its command, and what
// Pivot would do with it. Nothing is changed, and nothing of the root is run:
// every path is resolved as the command would see it, and no file is read that
// is no plain one.
func Check(s Spec) (*Report, error) {
	root, err := openTree(s.Root)
	if err != nil {
		return nil, err
	}
	defer unix.Close(root.fd)
	r := &Report{Root: root.path, tree: root, Findings: plain.Findings{}, Pivot: []string{}}
	r.folder()
	r.points()
	r.users()
	r.command(s)
	r.pivot(s)
	if root.blind != nil {
		return nil, fmt.Errorf("%s: cannot be looked at: %w", s.Root, root.blind)
	}
	r.Fit = !r.Findings.Bad()
	return r, nil
}

func (r *Report) add(state, what, text string, args ...any) {
	r.Findings.Add(state, what, text, args...)
}

// Text is a line for each finding, and one for each step of Pivot's.
func (r *Report) Text() string {
	var b strings.Builder
	b.WriteString(r.Findings.Text())
	for _, line := range r.Pivot {
		fmt.Fprintf(&b, "does  %s\n", plain.Printable(line))
	}
	return b.String()
}

// folder looks at the root itself, and how it is mounted.
func (r *Report) folder() {
	var st unix.Stat_t
	var on unix.Statfs_t
	if err := errors.Join(unix.Fstat(r.tree.fd, &st), unix.Fstatfs(r.tree.fd, &on)); err != nil {
		r.tree.blind = err
		return
	}
	if on.Flags&unix.ST_NOEXEC != 0 {
		r.add(plain.Bad, "/", "lies on a mount that runs no programs (noexec)")
	}
	for _, flag := range []struct {
		is   int64
		word string
	}{
		{unix.ST_NOSUID, "nosuid: setuid programs are plain ones"},
		{unix.ST_NODEV, "nodev: device nodes of its own do not work"},
		{unix.ST_RDONLY, "ro: what is missing for a mount cannot be made, and nothing be written"},
	} {
		if on.Flags&flag.is != 0 {
			r.add(plain.Note, "/", "is mounted %s", flag.word)
		}
	}
	if st.Mode&0o5 != 0o5 {
		r.add(plain.Note, "/", "has mode %04o: a user other than its owner sees nothing", st.Mode&0o7777)
	}
	if st.Uid != 0 {
		r.add(plain.Note, "/", "belongs to user %d: was it unpacked without root's rights?", st.Uid)
	}
}

// points looks at what is mounted over.
func (r *Report) points() {
	for _, target := range append(ownTargets(), "/tmp", "/run", "/etc") {
		fd, err := r.tree.open(target, unix.O_PATH|unix.O_NOFOLLOW, 0)
		if err != nil {
			r.add(plain.Note, target, "is not there: it is made as an empty folder where it is needed")
			continue
		}
		kind := fileType(fd)
		_ = unix.Close(fd)
		own := len(target) > 0 && target != "/tmp" && target != "/run" && target != "/etc"
		switch {
		case kind == unix.S_IFDIR:
			r.add(plain.OK, target, "a folder")
		case own:
			r.add(plain.Bad, target, "must be a plain folder to mount on")
		case r.tree.kind(target) == unix.S_IFDIR:
			r.add(plain.OK, target, "a link to a folder inside")
		default:
			r.add(plain.Note, target, "is no folder")
		}
	}
	for _, file := range nameFiles {
		if r.tree.kind(file) == unix.S_IFDIR {
			r.add(plain.Bad, file, "is a folder where a file must be")
		}
	}
}

// users looks for root in passwd(5).
func (r *Report) users() {
	text, err := r.tree.read("/etc/passwd", 1<<20)
	if err != nil {
		r.add(plain.Note, "/etc/passwd", "%v: users have numbers only", err)
		return
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Split(line, ":"); len(words) > 3 && words[2] == "0" {
			r.add(plain.OK, "/etc/passwd", "user 0 is %s", words[0])
			return
		}
	}
	r.add(plain.Note, "/etc/passwd", "has no user 0")
}

// command looks for the command, in the folders of PATH as the chain does.
func (r *Report) command(s Spec) {
	for _, file := range chain.Candidates(s.Command, s.Path) {
		if r.tree.kind(file) != 0 {
			r.program(file, 0)
			return
		}
	}
	r.add(plain.Bad, s.Command, "is not there, in none of %s", s.Path)
}

// pivot asks for the plan, whether this process may carry it out or not.
func (r *Report) pivot(s Spec) {
	plan, err := s.planned(r.tree)
	if err != nil {
		r.tree.look(err)
		r.add(plain.Bad, "pivot", "%v", err)
		return
	}
	for _, s := range plan {
		r.Pivot = append(r.Pivot, strings.Split(s.Say(), "\n")...)
	}
}
