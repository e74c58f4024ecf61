package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// patience is how long the kernel may take to end what was handed to it: a
// veth pair goes with its namespace, in the background.
const patience = 5 * time.Second

// State is what is on the host just now, as Leaks says it.
func (h *Host) State() string { return strings.Join(h.left(), "\n") }

// Leaks says, a line each, what the test has left on its host: links, names of
// network namespaces, mounts, control groups, processes. It must be called
// from the goroutine that is on the host.
func (h *Host) Leaks() []string {
	return patiently(h.left)
}

// patiently looks until nothing is seen, or the kernel had its time.
func patiently(look func() []string) []string {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if seen := look(); len(seen) == 0 || time.Now().After(end) {
			return seen
		}
	}
}

func (h *Host) left() []string {
	var left []string
	links, err := exec.Command("ip", "-br", "link").Output()
	if err != nil {
		left = append(left, "links: "+err.Error())
	}
	for line := range strings.Lines(string(links)) {
		if name := strings.Fields(line)[0]; name != "lo" {
			left = append(left, "link: "+name)
		}
	}
	if rules := rules(); rules != "" {
		left = append(left, "rules: "+rules)
	}
	names, _ := filepath.Glob("/run/netns/*")
	for _, name := range names {
		left = append(left, "namespace: "+name)
	}
	left = append(left, difference("mount", h.mounts, mounts())...)
	for _, group := range h.groups() {
		left = append(left, "group: "+group)
	}
	for _, pid := range h.processes() {
		left = append(left, "process: "+strconv.Itoa(pid)+" "+commandLine(pid))
	}
	return left
}

// rules are the words of nftables' rules, in order: the elements of a set have
// none. Where there is no nft(8), nobody has made any.
func rules() string {
	text, _ := exec.Command("nft", "list", "ruleset").Output()
	words := strings.FieldsFunc(string(text), func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// processes are those that have the test's marker in their environment.
func (h *Host) processes() []int {
	var left []int
	entries, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range entries {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains("\x00"+string(text), "\x00"+h.marker+"\x00") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			left = append(left, pid)
		}
	}
	return left
}

func commandLine(pid int) string {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return strings.ReplaceAll(string(text), "\x00", " ")
}

// Clear ends and removes what a failed test has left outside of its
// namespaces, which end with its thread.
func (h *Host) Clear() {
	patiently(func() []string {
		groups := h.groups()
		for _, group := range slices.Backward(groups) {
			members, _ := os.ReadFile(filepath.Join(group, "cgroup.procs"))
			for _, word := range strings.Fields(string(members)) {
				if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
			_ = os.Remove(group)
			_ = os.Remove(filepath.Dir(group)) // the parent of all, when it was the last
		}
		for _, pid := range h.processes() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return groups
	})
}

// difference says what of two texts' lines is only in one of them.
func difference(kind, before, after string) []string {
	was, is := strings.FieldsFunc(before, newline), strings.FieldsFunc(after, newline)
	var all []string
	for _, line := range is {
		if at := slices.Index(was, line); at >= 0 {
			was = slices.Delete(was, at, at+1)
		} else {
			all = append(all, kind+": "+line)
		}
	}
	for _, line := range was {
		all = append(all, kind+" gone: "+line)
	}
	return all
}

func newline(r rune) bool { return r == '\n' }
