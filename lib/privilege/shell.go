package privilege

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/capability"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Shell is a spec as sh(1) has it.
type Shell struct {
	Before  []string // commands that come first; what no command does is a remark
	Through []string // programs by which the command is reached, outermost first, with their options
	Who     Who      // whom they make of the caller

	// The same for one who has yet to enter the command's root by nsenter(1), and
	// would rather run the host's programs: before that, its options, and after.
	Outside []string
	Enter   string
	Inside  []string
}

// Root opens a file of the command's root. What is not there is empty.
type Root func(path string) (io.ReadCloser, error)

// Here is the root of the calling process.
func Here(path string) (io.ReadCloser, error) { return open(path) }

// Say are the lines of a trace, for a process in the command's root.
func (s Spec) Say() []string {
	said, err := s.Shell(Here)
	if err != nil {
		return []string{"# " + err.Error()} // which Calls says too
	}
	if len(said.Through) == 0 {
		return said.Before
	}
	return append(said.Before, strings.Join(said.Through, " "))
}

// Shell says the spec by the programs unshare(1), prlimit(1) and setpriv(1).
// Users and groups are looked up in the root.
func (s Spec) Shell(root Root) (Shell, error) {
	who, named, err := s.who(root)
	if err != nil {
		return Shell{}, err
	}
	said := Shell{Before: s.before(), Who: who}
	if s.CgroupNS {
		said.Through = append(said.Through, "unshare --cgroup")
	}
	if len(s.Limits) > 0 {
		words := []string{"prlimit"}
		for _, l := range s.Limits {
			words = append(words, "--"+l.Name+"="+number(l.Soft)+":"+number(l.Hard))
		}
		said.Through = append(said.Through, step.Say(words...))
	}
	said.Outside = slices.Clone(said.Through)
	all, outside := setpriv(s.identity(who, named), s.powers(who)), setpriv(s.powers(who))
	said.Through = append(said.Through, all...)
	switch {
	case !s.may(unix.CAP_SYS_CHROOT):
		said.Inside = all
	case who.UID == 0:
		said.Outside = append(said.Outside, all...)
	case s.Kept == 0 && len(who.Groups) == 0 && s.may(unix.CAP_SETUID) && s.may(unix.CAP_SETGID):
		said.Outside = append(said.Outside, outside...)
		said.Enter = fmt.Sprintf(" --setgid %d --setuid %d", who.GID, who.UID)
	default:
		said.Inside = all
	}
	return said, nil
}

// may tells that root is left the capability.
func (s Spec) may(c capability.Cap) bool {
	return s.Capabilities == nil || s.Capabilities.Has(c)
}

// before are the commands, and the remarks on what has none.
func (s Spec) before() []string {
	var all []string
	if s.UserNS > 0 {
		all = append(all, "# Root in a user namespace that is entered last of all, so that it is nobody outside:",
			"# no program of util-linux enters one and keeps what has been made outside of it.")
	}
	if s.Seccomp > 0 {
		all = append(all, "# A filter of system calls (man 2 seccomp): it is a program for the kernel, which no",
			"# shell command takes.")
	}
	if s.Keyring {
		all = append(all, "# A session keyring of its own (man 7 session-keyring): 'keyctl session' of keyutils would do it.")
	}
	for _, fd := range s.KeepFDs {
		all = append(all, fmt.Sprintf("# Descriptor %d stays open.", fd))
	}
	if s.Killable {
		all = append(all, "[ \"$(cat /proc/self/oom_score_adj)\" -ge 0 ] || echo 0 >/proc/self/oom_score_adj")
	}
	if s.Umask != nil {
		all = append(all, "umask "+s.Umask.String())
	}
	if s.Proc {
		all = append(all, "mount -t proc -o ro,nosuid,nodev,noexec proc /proc")
	}
	if s.Workdir != "" {
		all = append(all, step.Say("cd", s.Workdir))
	}
	return all
}

// setpriv is the program with its options, where it has any.
func setpriv(options ...[]string) []string {
	all := slices.Concat(options...)
	if len(all) == 0 {
		return nil
	}
	return []string{step.Say(append([]string{"setpriv"}, all...)...)}
}

func (s Spec) identity(who Who, named bool) []string {
	if !named {
		return nil
	}
	options := []string{"--reuid", strconv.Itoa(who.UID), "--regid", strconv.Itoa(who.GID)}
	if len(who.Groups) == 0 {
		return append(options, "--clear-groups")
	}
	return append(options, "--groups", numbers(who.Groups))
}

func (s Spec) powers(who Who) []string {
	var options []string
	if s.Capabilities != nil {
		kept := "-all"
		if who.UID != 0 && s.Kept != 0 {
			kept = (s.Kept & *s.Capabilities).setpriv()
		}
		options = append(options, "--bounding-set", s.Capabilities.setpriv(), "--inh-caps", kept, "--ambient-caps", kept)
	}
	if s.NoNewPrivs {
		options = append(options, "--no-new-privs")
	}
	return options
}

func numbers(all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}
