// Package process tells what a running process really has: its namespaces, its
// privileges, what is mounted for it. Everything is read from /proc just then,
// through one descriptor, so that no two processes are mixed up.
package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/capability"
	"golang.org/x/sys/unix"
)

// Process is what there is to be known. What this process may not see is null
// in JSON.
type Process struct {
	PID        int                 `json:"pid"`
	Name       string              `json:"name"`
	State      string              `json:"state"`
	Inside     []int               `json:"inside"`     // its number in each PID namespace below ours
	Namespaces []Namespace         `json:"namespaces"` // in the order of their names
	UID        []int               `json:"uid"`        // real, effective, saved, of the file system
	GID        []int               `json:"gid"`
	Groups     []int               `json:"groups"`
	UIDMap     []string            `json:"uid_map"` // null where nobody may see it, empty for the host's
	GIDMap     []string            `json:"gid_map"`
	Caps       map[string][]string `json:"capabilities"` // of each of the five sets
	NoNewPrivs bool                `json:"no_new_privs"`
	Seccomp    string              `json:"seccomp"` // off, strict or filter
	Filters    int                 `json:"seccomp_filters"`
	Umask      string              `json:"umask"`
	OOMScore   *int                `json:"oom_score_adj"`
	Cgroups    []string            `json:"cgroups"`
	Root       *string             `json:"root"`
	Executable *string             `json:"executable"`
	Command    []string            `json:"command"`
	Mounts     []Mount             `json:"mounts"` // of /, and what else matters in a container
}

// Namespace is one of a process's.
type Namespace struct {
	Kind string `json:"kind"`
	ID   uint64 `json:"id"`   // inode number, 0 where it may not be seen
	Ours bool   `json:"ours"` // this process is in it too
}

// sets are the five of capabilities(7), by their names in /proc/PID/status.
var sets = []struct{ field, name string }{
	{"CapBnd", "bounding"}, {"CapPrm", "permitted"}, {"CapEff", "effective"}, {"CapInh", "inheritable"}, {"CapAmb", "ambient"},
}

// folder is /proc/PID, open.
type folder struct {
	fd  int
	pid int
	err error // the first that is more than "may not be seen"
}

// Look reads what a process has.
func Look(pid int) (*Process, error) {
	fd, err := unix.Open(fmt.Sprintf("/proc/%d", pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, fmt.Errorf("%d: no such process", pid)
	}
	if err != nil {
		return nil, fmt.Errorf("%d: %w", pid, err)
	}
	f := &folder{fd: fd, pid: pid}
	defer unix.Close(fd)
	p := &Process{PID: pid}
	p.status(f)
	p.namespaces(f)
	p.UIDMap, p.GIDMap = f.idMap("uid_map"), f.idMap("gid_map")
	p.Cgroups = f.cgroups()
	p.Root, p.Executable = f.link("root"), f.link("exe")
	p.Command = f.words("cmdline")
	if text, ok := f.read("oom_score_adj"); ok {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
			p.OOMScore = &n
		}
	}
	p.Mounts = mounts(f)
	if errors.Is(f.err, unix.ESRCH) || errors.Is(f.err, unix.ENOENT) {
		return nil, fmt.Errorf("%d: has ended meanwhile", pid)
	}
	if f.err != nil {
		return nil, fmt.Errorf("%d: %w", pid, f.err)
	}
	return p, nil
}

// read gives the text of a file, and whether it may be seen.
func (f *folder) read(name string) (string, bool) {
	fd, err := unix.Openat(f.fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		file := os.NewFile(uintptr(fd), name)
		defer file.Close()
		var text strings.Builder
		if _, err = file.WriteTo(&text); err == nil {
			return text.String(), true
		}
	}
	f.failed(name, err)
	return "", false
}

// failed keeps an error that says more than that this is not for us to see.
func (f *folder) failed(name string, err error) {
	// A zombie has no mounts any more (EINVAL).
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) || f.err != nil {
		return
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	f.err = fmt.Errorf("/proc/%d/%s: %w", f.pid, name, err)
}

// link reads a symbolic link. A kernel thread has none.
func (f *folder) link(name string) *string {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(f.fd, name, buf)
	if err != nil {
		if !errors.Is(err, unix.ENOENT) {
			f.failed(name, err)
		}
		return nil
	}
	text := string(buf[:n])
	return &text
}

// words are strings with NUL between.
func (f *folder) words(name string) []string {
	text, ok := f.read(name)
	if !ok {
		return []string{}
	}
	return slices.DeleteFunc(strings.Split(text, "\x00"), func(w string) bool { return w == "" })
}

// idMap are the lines of a user namespace, but for the host's own, which maps
// all to themselves.
func (f *folder) idMap(name string) []string {
	text, ok := f.read(name)
	if !ok {
		return nil
	}
	lines := []string{}
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "0 0 4294967295" {
			lines = append(lines, line)
		}
	}
	return lines
}

// cgroups are the paths, each once, with the controllers that are v1.
func (f *folder) cgroups() []string {
	text, _ := f.read("cgroup")
	all := []string{}
	for line := range strings.Lines(text) {
		if parts := strings.SplitN(strings.TrimSpace(line), ":", 3); len(parts) == 3 && parts[2] != "/" {
			all = append(all, strings.TrimPrefix(parts[1]+":"+parts[2], ":"))
		}
	}
	return all
}

// status reads /proc/PID/status (proc_pid_status(5)).
func (p *Process) status(f *folder) {
	text, _ := f.read("status")
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	p.Name, p.State, p.Umask = fields["Name"], fields["State"], fields["Umask"]
	p.UID, p.GID, p.Groups = numbers(fields["Uid"]), numbers(fields["Gid"]), numbers(fields["Groups"])
	p.Inside = numbers(fields["NSpid"])
	if len(p.Inside) > 0 {
		p.Inside = p.Inside[1:] // the first is ours
	}
	p.NoNewPrivs = fields["NoNewPrivs"] == "1"
	p.Seccomp = map[string]string{"0": "off", "1": "strict", "2": "filter"}[fields["Seccomp"]]
	p.Filters, _ = strconv.Atoi(fields["Seccomp_filters"]) // none is said before Linux 5.9
	p.Caps = map[string][]string{}
	for _, s := range sets {
		p.Caps[s.name] = names(fields[s.field])
	}
}

func numbers(text string) []int {
	all := []int{}
	for word := range strings.FieldsSeq(text) {
		if n, err := strconv.Atoi(word); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// names are those of a set of capabilities in hexadecimal digits.
func names(hexadecimal string) []string {
	all := []string{}
	set, err := strconv.ParseUint(hexadecimal, 16, 64)
	if err != nil {
		return all
	}
	for _, c := range capability.ListKnown() {
		if set&(1<<c) != 0 {
			all = append(all, capName(c))
		}
	}
	return all
}

func capName(c capability.Cap) string { return "CAP_" + strings.ToUpper(c.String()) }

// namespaces compares them with this process's own.
func (p *Process) namespaces(f *folder) {
	for _, kind := range []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"} {
		n := Namespace{Kind: kind, ID: id(f.fd, "ns/"+kind)}
		ours, err := unix.Open("/proc/self", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			f.failed("ns", err)
			return
		}
		n.Ours = n.ID != 0 && n.ID == id(ours, "ns/"+kind)
		_ = unix.Close(ours)
		p.Namespaces = append(p.Namespaces, n)
	}
}

// id is the inode number of a namespace, or 0.
func id(folder int, name string) uint64 {
	var st unix.Stat_t
	if err := unix.Fstatat(folder, name, &st, 0); err != nil {
		return 0
	}
	return st.Ino
}
