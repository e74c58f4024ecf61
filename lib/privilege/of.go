package privilege

import (
	"bufio"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Running is what a process has, as far as another can be given the same.
type Running struct {
	Spec
	Filtered bool // its system calls are filtered; the filter itself is not told
}

// Of reads what a process has: its user and groups, its capabilities, whether
// programs give it more, and whether it leaves core dumps (proc_pid_status(5)).
func Of(pid int) (Running, error) {
	fields, err := status(pid)
	if err != nil {
		return Running{}, err
	}
	of := Running{Filtered: fields["Seccomp"] == "2"}
	of.NoNewPrivs = fields["NoNewPrivs"] == "1"
	bounding, err := mask(fields["CapBnd"])
	if err != nil {
		return Running{}, err
	}
	effective, err := mask(fields["CapEff"])
	if err != nil {
		return Running{}, err
	}
	if bits.OnesCount64(uint64(bounding)) <= int(last()) { // else it has them all
		of.Capabilities, of.Kept = &bounding, effective
	}
	uid, gid := second(fields["Uid"]), second(fields["Gid"])
	of.User = uid + ":" + gid
	for group := range strings.FieldsSeq(fields["Groups"]) {
		if group != gid {
			of.Groups = append(of.Groups, group)
		}
	}
	var core unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_CORE, nil, &core); err != nil {
		return Running{}, fmt.Errorf("%d: read its limits: %w", pid, err)
	}
	of.Limits = []Limit{{Name: "core", Soft: core.Cur, Hard: core.Max, resource: unix.RLIMIT_CORE}}
	return of, nil
}

// status are the lines of /proc/PID/status.
func status(pid int) (map[string]string, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, fmt.Errorf("%d: see its privileges: %w", pid, err)
	}
	defer f.Close()
	fields := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields, nil
}

func mask(hexadecimal string) (Set, error) {
	n, err := strconv.ParseUint(hexadecimal, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/PID/status: %q: is no set of capabilities", hexadecimal)
	}
	return Set(n), nil
}

// second is the effective one of the ids: real, effective, saved, file system.
func second(ids string) string {
	if words := strings.Fields(ids); len(words) > 1 {
		return words[1]
	}
	return "0"
}
