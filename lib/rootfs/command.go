package rootfs

import (
	"errors"
	"path"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// command looks whether the command is there. It comes when all mounts are made,
// as the command may lie on one, and before the pivot: what was made until then
// can still be taken back. Whether the file can be run, the chain finds out.
type command struct {
	step.Final
	root  *tree
	name  string
	files []string // absolute, inside; any of them is enough
}

// look plans to look for the command, if there is one to look for.
func (s Spec) look(root *tree) step.List {
	if s.Command == "" {
		return nil
	}
	c := &command{root: root, name: s.Command}
	for _, file := range chain.Candidates(s.Command, s.Path) {
		if !path.IsAbs(file) {
			file = path.Join("/", s.Workdir, file)
		}
		c.files = append(c.files, file)
	}
	return step.List{c}
}

func (s *command) Do() error {
	for _, file := range s.files {
		fd, err := s.root.open(file, unix.O_PATH, 0)
		if err == nil {
			return unix.Close(fd)
		}
		if !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR) {
			return nil // there is something: the chain says what
		}
	}
	return chain.NotFound(s.name)
}

// Say looks for the names only: on the host an absolute link of the root leads
// elsewhere.
func (s *command) Say() string {
	words := []string{"find"}
	for _, file := range s.files {
		words = append(words, s.root.say(file))
	}
	return step.Say(append(words, "-maxdepth", "0")...) + " 2>/dev/null | grep -q . || exit 127"
}

func (*command) Why() string {
	return "The command has to be there, as there is no way back from here."
}
