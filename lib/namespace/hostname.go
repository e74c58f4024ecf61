package namespace

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// maxNodename is __NEW_UTS_LEN of <linux/utsname.h>, and maxLabel the length of
// one part between dots (hostname(7)).
const (
	maxNodename = 64
	maxLabel    = 63
)

// Nodename is a host name or an NIS domain name, as hostname(7) has them. The
// kernel takes any bytes, which then stand in prompts and log files.
type Nodename string

// UnmarshalText takes the name from a command line, or says what a name is.
func (n *Nodename) UnmarshalText(text []byte) error {
	s := string(text)
	if len(s) > maxNodename {
		return fmt.Errorf("%q: a host or domain name is at most %d characters", s, maxNodename)
	}
	for _, label := range strings.Split(s, ".") {
		if !validLabel(label) {
			return fmt.Errorf("%q: a host or domain name is parts of a-z, 0-9 and -, joined by dots; no part is empty, longer than %d, or has - first or last", s, maxLabel)
		}
	}
	*n = Nodename(s)
	return nil
}

func validLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.IndexFunc(s, foreign) < 0
}

func foreign(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// hostname sets the host name of the calling thread's UTS namespace. The
// namespace ends with the process: there is nothing to undo.
type hostname struct {
	step.Final
	name Nodename
}

func (s hostname) Do() error {
	if err := unix.Sethostname([]byte(s.name)); err != nil {
		return fmt.Errorf("%s: set host name: %w", s.name, err)
	}
	return nil
}

func (s hostname) Say() string { return step.Say("hostname", string(s.name)) }

func (hostname) Why() string { return "The name is that of the UTS namespace (man 7 uts_namespaces)." }

// domainname sets the NIS domain name of the calling thread's UTS namespace.
// The namespace ends with the process: there is nothing to undo.
type domainname struct {
	step.Final
	name Nodename
}

func (s domainname) Do() error {
	if err := unix.Setdomainname([]byte(s.name)); err != nil {
		return fmt.Errorf("%s: set domain name: %w", s.name, err)
	}
	return nil
}

func (s domainname) Say() string { return step.Say("domainname", string(s.name)) }
