// Package chain owns everything between a link's last act and the next
// program: it finds the program, hands promises on while that program is one
// of our tools, and, when it is not, keeps them all, closes every descriptor
// that is not the command's, and execs.
package chain

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"mini-container/lib/status"
	"mini-container/lib/step"
)

// tools are the programs that know how to hand a promise on.
var tools = []string{"mc-net", "mc-cgroup", "mc-ns", "mc-rootfs"}

// Link is one link of the chain that is about to leave.
type Link struct {
	Tool    string           // its name
	Environ []string         // the environment of the next program
	Trace   func(say string) // told of each promise that is kept, and of the exec
	Inside  bool             // the root is the container's: nothing found in it is ours
}

// Program is the next program, found and checked, with what goes along.
type Program struct {
	Path     string
	Args     []string
	Environ  []string
	Ours     bool // it is one of our tools: it takes the promises over
	Promises []Promise
	Status   int  // the descriptor of MC_STATUS_FD, or -1
	Late     bool // Fork leaves all promises to the links that come: the child is no part of the group

	tool   string
	trace  func(string)
	inside bool // its environment is made for it, and HOME is not in it yet
}

// Prepare finds the program that args name, after taking one leading "--" off,
// and adds the promises of this link to those of the links before. With no
// args the program is $SHELL, or /bin/sh. Nothing is changed, so that a
// command that cannot be run is known before the kernel is touched.
//
// The error's exit status is 127 for a program that is not found and 126 for
// one that cannot be run, as env(1) has them.
func (l Link) Prepare(args []string, more ...Promise) (*Program, error) {
	args = l.Command(args)
	made, err := received(l.Environ)
	if err != nil {
		return nil, err
	}
	fd, err := status.FD(Lookup(l.Environ, status.Variable))
	if err != nil {
		return nil, err
	}
	path, err := find(args[0], Lookup(l.Environ, "PATH"))
	if err != nil {
		return nil, err
	}
	link, err := l.links(path)
	if err != nil {
		return nil, err
	}
	p := &Program{
		Path: path, Args: args, Environ: l.Environ,
		Ours:     link,
		Promises: append(made, more...), Status: fd,
		tool: l.Tool, trace: l.Trace, inside: l.Inside,
	}
	return p, p.dress()
}

// Next is Prepare and Exec in one: it returns only when it fails.
func (l Link) Next(args []string, more ...Promise) error {
	p, err := l.Prepare(args, more...)
	if err != nil {
		return err
	}
	return p.Exec()
}

// Command is the command line that args mean: one leading "--" is off, and with
// no args it is the shell.
func (l Link) Command(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return []string{l.shell()}
	}
	return args
}

func (l Link) shell() string {
	if sh := Lookup(l.Environ, "SHELL"); sh != "" && !l.Inside {
		return sh
	}
	return "/bin/sh"
}

// dress gives the program the environment that is its due: a link of ours
// gets the promises, the command gets no word of the chain.
func (p *Program) dress() error {
	p.Environ = With(p.Environ, promisesVariable, "")
	if !p.Ours {
		p.Environ = With(p.Environ, status.Variable, "")
		return nil
	}
	if len(p.Promises) == 0 {
		return nil
	}
	text, err := json.Marshal(p.Promises)
	p.Environ = With(p.Environ, promisesVariable, string(text))
	return err
}

// Descriptors are those above 2 that go along to the next program under their
// own numbers: none when it is the command.
func (p *Program) Descriptors() []int {
	if !p.Ours {
		return nil
	}
	var fds []int
	if p.Status > 2 {
		fds = append(fds, p.Status)
	}
	for _, promise := range p.Promises {
		fds = append(fds, promise.files()...)
	}
	return fds
}

// Exec replaces this process by the program. It returns only when it fails.
func (p *Program) Exec() error {
	if !p.Ours {
		return p.become()
	}
	for _, fd := range p.Descriptors() {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return err
		}
	}
	p.Leave()
	return why(p.Path, unix.Exec(p.Path, p.Args, p.Environ))
}

// Leave says, on the status descriptor and to the trace, that the link hands
// over to the program. Exec does it by itself.
func (p *Program) Leave() {
	if !p.Ours {
		for _, promise := range p.Promises {
			promise.say(p.trace)
		}
	}
	p.trace("exec " + step.Say(p.Args...))
	status.Write(p.Status, status.Line{Link: p.tool, Step: "exec", PID: os.Getpid(), Next: p.Args[0]})
}

// links tells whether the program goes on with the chain. It is an error when
// that cannot be looked at: a link that is taken for the command would have all
// promises kept too early.
func (l Link) links(path string) (bool, error) {
	if l.Inside {
		return false, nil
	}
	is, err := ours(path)
	if err != nil {
		return false, fmt.Errorf("%s: is it one of ours: %w", path, step.Cause(err))
	}
	return is, nil
}

// ours tells whether the program is one of our tools, by its place beside this
// very program: a file that only has the name of one must get no promise.
func ours(path string) (bool, error) {
	if !slices.Contains(tools, filepath.Base(path)) {
		return false, nil
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	there, err := filepath.Abs(path) // a folder of PATH may be a relative one
	if err == nil {
		there, err = filepath.EvalSymlinks(there)
	}
	if err != nil || !slices.Contains(tools, filepath.Base(there)) {
		return false, err
	}
	// A tool's rarer verbs may be in a second build of it (mc-rootfs unpack).
	folder := filepath.Dir(self)
	return filepath.Dir(there) == folder || filepath.Dir(there) == filepath.Join(folder, "libexec"), nil
}
