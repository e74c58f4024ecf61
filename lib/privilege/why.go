package privilege

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/sys/capability"
	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/raw"
)

// needs are the capabilities that the calls of a Spec ask for (capabilities(7)).
// All the prctl(2)s but those that cut the bounding set are allowed to anybody.
var needs = map[uintptr]struct {
	capability capability.Cap
	or         string // what else helps a user who is not root
}{
	unix.SYS_PRCTL:     {unix.CAP_SETPCAP, "--userns"},
	unix.SYS_SETGROUPS: {unix.CAP_SETGID, "--userns"},
	unix.SYS_SETRESGID: {unix.CAP_SETGID, "--userns"},
	unix.SYS_SETRESUID: {unix.CAP_SETUID, "--userns"},
	unix.SYS_SECCOMP:   {unix.CAP_SYS_ADMIN, "--no-new-privs"},
}

// Why says what this process lacks for a call of Spec.Calls that was refused.
func Why(failed *raw.Failed) error {
	need, known := needs[failed.Number]
	refused := failed.Errno == unix.EPERM || failed.Errno == unix.EACCES
	if !known || !refused {
		return failed
	}
	has, err := capable.Has(int(need.capability))
	switch {
	case err != nil:
		return errors.Join(failed, err)
	case !has && os.Geteuid() != 0:
		return fmt.Errorf("%s: needs root, or %s: %w", failed.What, need.or, failed.Errno)
	case !has:
		return fmt.Errorf("%s: needs CAP_%s: %w", failed.What, strings.ToUpper(need.capability.String()), failed.Errno)
	case failed.Number == unix.SYS_SETGROUPS && denied():
		return fmt.Errorf("%s: a user namespace that a user made has only his own (setgroups is deny: user_namespaces(7)): %w", failed.What, failed.Errno)
	}
	return failed
}

// denied tells whether this user namespace lets nobody set groups.
func denied() bool {
	text, err := os.ReadFile("/proc/self/setgroups")
	return err == nil && strings.TrimSpace(string(text)) == "deny"
}
