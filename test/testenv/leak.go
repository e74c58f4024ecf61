package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience is how long the kernel may take to end what was handed to it: a
// veth pair goes with its namespace, in the background.
const patience = 5 * time.Second

// Leaks says, a line each, what the test has left on its host: links, names of
// network namespaces, mounts, control groups, processes. It must be called
// from the goroutine that is on the host.
func (h *Host) Leaks() []string {
	var left []string
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if left = h.left(); len(left) == 0 || time.Now().After(end) {
			return left
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
	names, _ := filepath.Glob("/run/netns/*")
	for _, name := range names {
		left = append(left, "namespace: "+name)
	}
	if now := mounts(); now != h.mounts {
		left = append(left, fmt.Sprintf("mounts:\n%s\nwere:\n%s", now, h.mounts))
	}
	for _, group := range h.groups() {
		left = append(left, "group: "+group)
	}
	return append(left, h.processes()...)
}

// processes finds what still has the test's marker in its environment.
func (h *Host) processes() []string {
	var left []string
	entries, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range entries {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains("\x00"+string(text), "\x00"+h.marker+"\x00") {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		left = append(left, "process: "+filepath.Base(filepath.Dir(path))+" "+strings.ReplaceAll(string(command), "\x00", " "))
	}
	return left
}

// Real is what the real host has of things that a test could leave on it.
func Real() string {
	const groups = "ls -d /sys/fs/cgroup/mini-container* /sys/fs/cgroup/*/mini-container*"
	var all []string
	for _, command := range []string{"ip -br link", "ls /run/netns", groups, "cat /proc/self/mountinfo"} {
		out, _ := exec.Command("sh", "-c", command).Output()
		all = append(all, string(out))
	}
	return strings.Join(all, "\n")
}
