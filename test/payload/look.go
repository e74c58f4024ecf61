package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

func fds([]string) error {
	for fd := range 1024 {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			link, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
			if !strings.HasPrefix(link, "anon_inode:[event") { // those of Go's runtime
				fmt.Println(fd)
			}
		}
	}
	return nil
}

func env([]string) error {
	for _, entry := range os.Environ() {
		fmt.Println(entry)
	}
	return nil
}

// mounts takes its columns from proc_pid_mountinfo(5): the optional fields end
// with a dash.
func mounts([]string) error {
	text, err := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		dash := slices.Index(words, "-")
		fmt.Println(words[4], words[dash+1], words[5])
	}
	return err
}

func namespaces([]string) error {
	kinds, err := filepath.Glob("/proc/self/ns/*")
	for _, path := range kinds {
		var stat unix.Stat_t
		if err := unix.Stat(path, &stat); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Println(filepath.Base(path), stat.Ino)
	}
	return err
}

func caps([]string) error {
	told := []string{"Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:"}
	text, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 0 && slices.Contains(told, words[0]) {
			fmt.Println(strings.Join(words, " "))
		}
	}
	return err
}

func cgroup([]string) error {
	text, err := os.ReadFile("/proc/self/cgroup")
	fmt.Print(string(text))
	return err
}

func zombies([]string) error {
	processes, err := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range processes {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name may hold spaces and parentheses: proc_pid_stat(5).
		after := string(text[strings.LastIndexByte(string(text), ')')+1:])
		if strings.HasPrefix(after, " Z ") {
			fmt.Println(filepath.Base(filepath.Dir(path)))
		}
	}
	return err
}
