package testenv

import (
	"os/exec"
	"slices"
	"strings"
)

// Real is what the real host had, when it was looked at, of the things that a
// test could leave on it.
type Real map[string]string

// looks are the commands that show it. Links that others have on the host may
// change their state meanwhile, so that only the names are compared.
var looks = map[string]string{
	"link":      `ip -o link | cut -d: -f2`,
	"namespace": `ls /run/netns`,
	"mount":     `cut -d" " -f5 /proc/self/mountinfo`,
	// Tests of other packages, which run at the same time, have their own.
	"group": `for name in mini-container $TESTS; do ls -d /sys/fs/cgroup/$name /sys/fs/cgroup/*/$name; done`,
	// Those of Go's runtime come when it needs them.
	"descriptor": `ls -l /proc/$PPID/fd | sed -n "s/.* \([0-9]* -> .*\)/\1/p" | grep -v -e anon_inode -e pipe: -e "/proc/.*/fd$"`,
}

// Look looks at the real host.
func Look() Real {
	seen := Real{}
	for kind, command := range looks {
		cmd := exec.Command("sh", "-c", "exec 2>/dev/null; "+command)
		// A nil one is /dev/null, which this process may have open still.
		cmd.Stdin = strings.NewReader("")
		cmd.Env = append(cmd.Environ(), "TESTS="+groupsOfTests())
		out, _ := cmd.Output() // what is not there is nothing
		seen[kind] = string(out)
	}
	return seen
}

// Changes says, a line each, what has come or gone since.
func (r Real) Changes() []string {
	return patiently(func() []string {
		var all []string
		for kind, now := range Look() {
			all = append(all, difference(kind, strings.TrimSpace(r[kind]), strings.TrimSpace(now))...)
		}
		slices.Sort(all)
		return all
	})
}
