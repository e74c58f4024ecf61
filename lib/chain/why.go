package chain

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// why turns the errno of execve(2) into a cause, after a look at the file.
func why(path string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT):
		// check() saw the file, so what is missing is what it asks for.
		// A carriage return of a file from DOS is part of the name, and not seen.
		if interpreter := strings.ReplaceAll(interpreter(path), "\r", `\r`); interpreter != "" {
			return &notRun{statusNotFound, fmt.Errorf("%s: its interpreter %s is not there: %w", path, interpreter, err)}
		}
		return &notRun{statusNotFound, fmt.Errorf("%s: %w", path, err)}
	case errors.Is(err, unix.ENOEXEC):
		return &notRun{statusCannotRun, fmt.Errorf("%s: %s: %w", path, format(path), err)}
	}
	return &notRun{statusCannotRun, fmt.Errorf("%s: %w", path, err)}
}

// whyAccess looks for the cause of access(2)'s EACCES that no mode of the file
// shows.
func whyAccess(path string, err error) error {
	var on unix.Statfs_t
	if errors.Is(err, unix.EACCES) && unix.Statfs(path, &on) == nil && on.Flags&unix.ST_NOEXEC != 0 {
		return fmt.Errorf("it lies on a file system that is mounted noexec: %w", err)
	}
	return err
}

// interpreter is the program that a #! line or an ELF file asks for.
func interpreter(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	// Only these part the words, as the kernel has it (fs/binfmt_script.c).
	parts := func(r rune) bool { return strings.ContainsRune(" \t\n\x00", r) }
	if words := strings.FieldsFunc(strings.TrimPrefix(line, "#!"), parts); strings.HasPrefix(line, "#!") && len(words) > 0 {
		return words[0]
	}
	file, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			name, _ := io.ReadAll(io.LimitReader(p.Open(), unix.PathMax))
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}

// format says what a file is that the kernel will not take.
func format(path string) string {
	file, err := elf.Open(path)
	if err != nil {
		return "neither a program nor a script with a #! line"
	}
	defer file.Close()
	machine := strings.ToLower(strings.TrimPrefix(file.Machine.String(), "EM_"))
	return fmt.Sprintf("built for %s, this machine is %s", machine, runtime.GOARCH)
}

// whyLimit tells the limit on cgroup namespaces, whose errno is that of a full
// disk. It may be a user namespace's further up, which does not show here.
func whyLimit(err error) error {
	limit, readErr := os.ReadFile("/proc/sys/user/max_cgroup_namespaces")
	if readErr != nil || strings.TrimSpace(string(limit)) != "0" {
		return err
	}
	return fmt.Errorf("the limit user.max_cgroup_namespaces=0 is reached: %w", err)
}
