package chain

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/privilege"
	"mini-container/lib/step"
)

// scriptVariable is the environment variable by which one link that explains
// itself hands the script to the next.
const scriptVariable = "MC_EXPLAIN"

// The descriptors of an explained chain, besides 3 and up for the lists of
// members that are opened early. Shells have but one digit for them.
const (
	firstList = 3
	HostRoot  = 7 // the root of the host, in the mount namespace outside
	OwnRoot   = 8 // the root of the container's mount namespace before the pivot
	RootLock  = 9 // the folder that becomes the root, for flock(1)
)

// Script is a chain that explains itself as a shell script: what the links
// before have said, as far as the next ones build on it, and what is left for
// the last to say. A promise is said where it is kept.
type Script struct {
	Promises []Promise `json:"promises,omitempty"`
	Open     []int     `json:"open,omitempty"`     // descriptors of the shell that are not the command's
	Ends     []string  `json:"ends,omitempty"`     // what closes the texts of inner shells, innermost first
	Hostname string    `json:"hostname,omitempty"` // of the namespace that was made; empty for that of this process
	Own      bool      `json:"own,omitempty"`      // it has a mount namespace of its own

	link Link
	out  io.Writer
}

// Script is that of the links before this one, or a new one.
func (l Link) Script(out io.Writer) (*Script, error) {
	s := &Script{link: l, out: out}
	if text := Lookup(l.Environ, scriptVariable); text != "" {
		if err := json.Unmarshal([]byte(text), s); err != nil {
			return nil, fmt.Errorf("%s=%s: %w", scriptVariable, text, err)
		}
	}
	return s, nil
}

// Say writes lines of the script.
func (s *Script) Say(lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(s, line); err != nil {
			return err
		}
	}
	return nil
}

// Run writes the steps.
func (s *Script) Run(steps step.List) error { return steps.Explain(s) }

// Write refuses what would end the text of an inner shell.
func (s *Script) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), inside); is && strings.Trim(rest, "0123456789") == "" {
			return 0, fmt.Errorf("a script cannot have a line of its own that is %q", inside+rest)
		}
	}
	return s.out.Write(text)
}

// inside ends the text of an inner shell, with a number from the second one on.
const inside = "INSIDE"

// Opened notes descriptors that the script has opened and the command shall not
// have.
func (s *Script) Opened(fds ...int) { s.Open = append(s.Open, fds...) }

// Enter goes on in an inner shell, the last of the programs. Its text is a here
// document which is read as a word, so that the command's stdin is left alone.
func (s *Script) Enter(programs ...string) error {
	word := inside
	if n := len(s.Ends); n > 0 {
		word += fmt.Sprint(n + 1)
	}
	s.Ends = append([]string{word + "\n)\""}, s.Ends...)
	return s.raw("exec " + strings.Join(programs, " \\\n\t") + " \\\n\tsh -euc \"$(cat <<'" + word + "'")
}

// Next says how the link becomes the program that args mean. One of our tools
// goes on with the script itself. Else it is the command: all promises are said,
// and through says by what it is reached, looked up in its root.
func (s *Script) Next(args []string, root privilege.Root, through ...string) error {
	args = s.link.Command(args)
	if !s.link.Inside {
		path, err := find(args[0], Lookup(s.link.Environ, "PATH"))
		if err != nil {
			return err
		}
		is, err := s.link.links(path)
		if err != nil {
			return err
		}
		if is {
			if len(through) > 0 {
				if err := s.Enter(through...); err != nil {
					return err
				}
			}
			return s.handOn(path, args)
		}
	}
	if err := s.keep(args, root, through); err != nil {
		return err
	}
	return s.raw(s.Ends...)
}

// raw writes lines that hold no word of the caller's.
func (s *Script) raw(lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(s.out, line); err != nil {
			return err
		}
	}
	return nil
}

// handOn lets the next link explain itself.
func (s *Script) handOn(path string, args []string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := s.Say(""); err != nil {
		return err
	}
	words := append([]string{args[0], "--explain"}, args[1:]...)
	return why(path, unix.Exec(path, words, With(s.link.Environ, scriptVariable, string(text))))
}

// keep says the promises in the order in which they are kept, and the command.
func (s *Script) keep(args []string, root privilege.Root, through []string) error {
	var joins []string
	for _, p := range s.Promises {
		if p.Become == nil {
			joins = append(joins, p.Say)
		}
	}
	environ := s.environ()
	before, programs, home, err := s.become(root, through)
	if err != nil {
		return err
	}
	if s.link.Inside && !has(s.link.Environ, "HOME") {
		environ = append(environ, step.Say("HOME="+home))
	}
	if len(before) > 0 || !slices.Equal(programs, through) {
		if err := s.Say(append([]string{"", "# What the command may not do (man 7 capabilities, man 1 setpriv, man 1 prlimit)."}, before...)...); err != nil {
			return err
		}
	}
	if len(joins) > 0 {
		if err := s.Say(append([]string{"", "# Joined at the end: no shell or tool is charged to the group (man 7 cgroups)."}, joins...)...); err != nil {
			return err
		}
	}
	if len(s.Promises) == 0 && !s.link.Inside {
		return s.Say("exec " + strings.Join(append(through, step.Say(args...)), " ") + s.closed())
	}
	if err := s.Say("", "# The command gets no descriptor but 0, 1 and 2; the caller's others cannot be told here."); err != nil {
		return err
	}
	if len(environ) > 0 {
		programs = append([]string{"env -i " + strings.Join(environ, " ")}, programs...)
	}
	return s.Say("exec " + strings.Join(append(programs, step.Say(args...)), " \\\n\t") + s.closed())
}

// become says who the command is and what it may do, as programs around those
// by which its root is reached, and gives the home of that user.
func (s *Script) become(root privilege.Root, through []string) (before, programs []string, home string, err error) {
	var inside []string
	home, through = "/root", slices.Clone(through)
	for _, p := range s.Promises {
		if p.Become == nil {
			continue
		}
		said, err := p.Become.Shell(root)
		if err != nil {
			return nil, nil, "", err
		}
		home = cmp.Or(said.Who.Home, home)
		before = append(before, said.Before...)
		if len(through) == 0 {
			programs = append(programs, said.Through...)
			continue
		}
		programs, inside = append(programs, said.Outside...), append(inside, said.Inside...)
		through[len(through)-1] += said.Enter
	}
	for _, program := range inside {
		before = append(before, "# "+program+"\n# is run in the container's root and has to be there: whom it leaves enters no root any more.")
	}
	return before, slices.Concat(programs, through, inside), home, nil
}

// environ are the words of env(1) for a command that sees nothing of the
// caller's. TERM is that of whoever runs the script.
func (s *Script) environ() []string {
	if !s.link.Inside {
		return nil
	}
	var words []string
	for _, e := range s.link.Environ {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case promisesVariable, scriptVariable, "MC_STATUS_FD":
		case "TERM":
			words = append(words, `${TERM:+"TERM=$TERM"}`)
		default:
			words = append(words, step.Quote(e))
		}
	}
	return words
}

// closed closes what the shell has opened.
func (s *Script) closed() string {
	text := ""
	for _, fd := range s.Open {
		text += fmt.Sprintf(" %d>&-", fd)
	}
	return text
}

// Explains tells that an earlier link has said --explain.
func (l Link) Explains() bool { return Lookup(l.Environ, scriptVariable) != "" }

// List is the digit of the next list of members, of which n are open.
func List(n int) int { return firstList + n }
