// Package namespace leaves, makes and joins the namespaces of a process
// (namespaces(7)), sets the names that a new UTS namespace has, and supervises
// the first process of a new PID namespace.
package namespace

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// kind is one of the eight kinds of namespaces.
type kind struct {
	file string // below /proc/PID/ns
	flag uintptr
	word string // as unshare(1) and nsenter(1) have it for an option
}

// kinds are in the order in which they have to be joined: user first, since it
// gives the right to join the others; mount last, since it takes away the
// paths by which the others are found.
var kinds = []kind{
	{"user", unix.CLONE_NEWUSER, "user"},
	{"cgroup", unix.CLONE_NEWCGROUP, "cgroup"},
	{"ipc", unix.CLONE_NEWIPC, "ipc"},
	{"uts", unix.CLONE_NEWUTS, "uts"},
	{"net", unix.CLONE_NEWNET, "net"},
	{"pid", unix.CLONE_NEWPID, "pid"},
	{"time", unix.CLONE_NEWTIME, "time"},
	{"mnt", unix.CLONE_NEWNS, "mount"},
}

// words are the options of unshare(1) for a set of flags.
func words(flags uintptr) []string {
	var options []string
	for _, k := range kinds {
		if flags&k.flag != 0 {
			options = append(options, "--"+k.word)
		}
	}
	return options
}

// ids are the inode numbers by which the namespaces of a process are told
// apart; "self" is this process.
func ids(pid string) (map[string]uint64, error) {
	found := map[string]uint64{}
	for _, k := range kinds {
		link, err := os.Readlink("/proc/" + pid + "/ns/" + k.file)
		if os.IsNotExist(err) {
			continue // a kernel without this kind
		}
		if err != nil {
			return nil, err
		}
		number := strings.TrimSuffix(strings.TrimPrefix(link, k.file+":["), "]")
		id, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", link, err)
		}
		found[k.file] = id
	}
	return found, nil
}
