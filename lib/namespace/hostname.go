package namespace

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// hostname sets the host name of the calling thread's UTS namespace.
type hostname struct {
	step.Final
	name string
}

func (s hostname) Do() error {
	if err := unix.Sethostname([]byte(s.name)); err != nil {
		return fmt.Errorf("%s: set host name: %w", s.name, err)
	}
	return nil
}

func (s hostname) Say() string { return step.Say("hostname", s.name) }

// domainname sets the NIS domain name of the calling thread's UTS namespace.
type domainname struct {
	step.Final
	name string
}

func (s domainname) Do() error {
	if err := unix.Setdomainname([]byte(s.name)); err != nil {
		return fmt.Errorf("%s: set domain name: %w", s.name, err)
	}
	return nil
}

func (s domainname) Say() string { return step.Say("domainname", s.name) }

// maxNodename is __NEW_UTS_LEN of <linux/utsname.h>.
const maxNodename = 64

// checkNames refuses names that the kernel would, and names without a
// namespace of their own to be set in: they would rename the host.
func checkNames(s Spec) error {
	for _, n := range []string{s.Hostname, s.Domainname} {
		if len(n) > maxNodename {
			return fmt.Errorf("%s: a host or domain name is at most %d characters", n, maxNodename)
		}
	}
	if s.Hostname == "" && s.Domainname == "" || s.UTS {
		return nil
	}
	owned, err := ownUTS()
	if err != nil {
		return err
	}
	if !owned {
		return errors.New("a host or domain name without --uts would rename the host itself")
	}
	return nil
}

// ownUTS tells whether the UTS namespace of this process belongs to its user
// namespace, and that is not the initial one: then it was made for us, and no
// name that we set in it is the host's.
func ownUTS() (bool, error) {
	uts, err := os.Open("/proc/self/ns/uts")
	if err != nil {
		return false, err
	}
	defer uts.Close()
	fd, err := unix.IoctlRetInt(int(uts.Fd()), unix.NS_GET_USERNS)
	if err != nil {
		return false, nil // it belongs to a user namespace above ours
	}
	owner := os.NewFile(uintptr(fd), "user namespace")
	defer owner.Close()
	var its, ours unix.Stat_t
	if err := unix.Fstat(fd, &its); err != nil {
		return false, err
	}
	if err := unix.Stat("/proc/self/ns/user", &ours); err != nil {
		return false, err
	}
	// The initial user namespace has a fixed inode number (<linux/proc_ns.h>).
	const initial = 0xEFFFFFFD
	return its.Ino == ours.Ino && ours.Ino != initial, nil
}
