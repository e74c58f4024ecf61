package privilege

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/moby/sys/capability"
	"github.com/moby/sys/user"
)

// Running is what a process has, as far as another can be given the same.
type Running struct {
	Spec
	Filtered bool // its system calls are filtered; the filter itself is not told
	Traces   bool // it can come to look into a process that has more capabilities

	ours Set // those that this process could have
}

// Confined is what a container's command gets unless it is told otherwise. Root
// has root's groups inside; another caller stays who it is.
func Confined() Running {
	all := Default
	confined := Running{Filtered: true, Spec: Spec{
		Capabilities: &all, NoNewPrivs: true, Keyring: true, Killable: true, Limits: []Limit{NoCore},
	}}
	if os.Geteuid() == 0 {
		confined.User = "0"
	}
	return confined
}

// Of reads what a process has that this one has not, or has not lost: its user
// and groups, its capabilities, whether programs give it more, and whether it
// leaves core dumps (proc_pid_status(5)).
func Of(pid int) (Running, error) {
	theirs, err := read(pid)
	if err != nil {
		return Running{}, err
	}
	ours, err := read(os.Getpid())
	if err != nil {
		return Running{}, err
	}
	of := Running{Filtered: theirs.fields["Seccomp"] == "2" && ours.fields["Seccomp"] != "2"}
	of.ours = ours.bounding
	of.Traces = theirs.traces(ours)
	of.NoNewPrivs = theirs.fields["NoNewPrivs"] == "1"
	if theirs.fields["CapBnd"] != ours.fields["CapBnd"] || theirs.fields["CapEff"] != ours.fields["CapEff"] {
		of.Capabilities, of.Kept = &theirs.bounding, theirs.effective
	}
	if theirs.core != ours.core {
		of.Limits = []Limit{theirs.core}
	}
	confined := of.Capabilities != nil || of.NoNewPrivs || of.Filtered
	of.Keyring, of.Killable = confined, confined
	if theirs.who() != ours.who() {
		if of.User, of.Groups, err = theirs.user(pid); err != nil {
			return Running{}, err
		}
	}
	return of, nil
}

// traces tells whether the process can come to look into one that has more
// capabilities (CAP_SYS_PTRACE), though it has fewer than this one itself. One
// that may become as mighty as this one has no need to.
func (p process) traces(ours process) bool {
	reach := p.bounding
	if p.fields["NoNewPrivs"] == "1" {
		reach = p.permitted
	}
	return reach.Has(capability.CAP_SYS_PTRACE) && ours.permitted&^reach != 0
}

// process is what is read of one.
type process struct {
	fields                         map[string]string
	bounding, permitted, effective Set
	core                           Limit
}

func read(pid int) (p process, err error) {
	if p.fields, err = status(pid); err != nil {
		return p, err
	}
	if p.bounding, err = mask(p.fields["CapBnd"]); err != nil {
		return p, err
	}
	if p.permitted, err = mask(p.fields["CapPrm"]); err != nil {
		return p, err
	}
	if p.effective, err = mask(p.fields["CapEff"]); err != nil {
		return p, err
	}
	p.core, err = coreOf(pid)
	return p, err
}

// coreOf reads a limit where everybody may: prlimit(2) wants CAP_SYS_RESOURCE.
func coreOf(pid int) (l Limit, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		return l, fmt.Errorf("%d: see its limits: %w", pid, err)
	}
	_, line, _ := strings.Cut(string(text), "Max core file size")
	words := strings.Fields(line)
	if len(words) < 2 {
		return l, fmt.Errorf("%d: its limits are not in the form of proc_pid_limits(5)", pid)
	}
	err = l.UnmarshalText([]byte("core=" + words[0] + ":" + words[1]))
	return l, err
}

func (p process) who() string {
	return p.fields["Uid"] + "/" + p.fields["Gid"] + "/" + p.fields["Groups"]
}

// user is the process's user and its groups, by the numbers that they have in
// its own user namespace.
func (p process) user(pid int) (user string, groups []string, err error) {
	users, err := idMap(pid, "uid_map")
	if err != nil {
		return "", nil, err
	}
	all, err := idMap(pid, "gid_map")
	if err != nil {
		return "", nil, err
	}
	gid := second(p.fields["Gid"])
	for group := range strings.FieldsSeq(p.fields["Groups"]) {
		groups = append(groups, inside(group, all))
	}
	return inside(second(p.fields["Uid"]), users) + ":" + inside(gid, all), groups, nil
}

// idMap reads the lines of user_namespaces(7): the first id inside, the one
// that it is outside, and how many follow.
func idMap(pid int, file string) (lines []user.IDMap, err error) {
	lines, err = user.ParseIDMapFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return nil, fmt.Errorf("%d: see its user namespace: %w", pid, err)
	}
	return lines, nil
}

func inside(id string, lines []user.IDMap) string {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return "0"
	}
	for _, l := range lines {
		if n >= l.ParentID && n < l.ParentID+l.Count {
			return strconv.FormatInt(l.ID+n-l.ParentID, 10)
		}
	}
	return "0"
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
