// Package owner says to which process a container belongs. The kernel keeps it
// with the container's parts, so that what a killed process has left can be
// told from what lives.
package owner

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Owner is a process. Its number can be another's later; with the time of its
// start and its PID namespace it is one process only. The zero value is nobody.
type Owner struct {
	pid       int
	start     uint64 // clock ticks after boot (proc_pid_stat(5))
	namespace uint64 // inode of the PID namespace in which pid counts
}

// UnmarshalText takes the number of a process that lives.
func (o *Owner) UnmarshalText(text []byte) error {
	pid, err := strconv.Atoi(string(text))
	if err != nil || pid < 1 {
		return fmt.Errorf("%q: is no number of a process", text)
	}
	namespace, err := ownNamespace()
	if err != nil {
		return err
	}
	start, lives, err := started(pid)
	if err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	if !lives {
		return fmt.Errorf("process %d: is not there", pid)
	}
	*o = Owner{pid, start, namespace}
	return nil
}

// String is the form in which the kernel keeps it: one word, empty for nobody.
func (o Owner) String() string {
	if o == (Owner{}) {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", o.pid, o.start, o.namespace)
}

// Parse reads what String gave; nobody is what it cannot read.
func Parse(text string) Owner {
	var numbers []uint64
	for _, word := range strings.Split(text, ".") {
		n, err := strconv.ParseUint(word, 10, 63)
		if err != nil {
			return Owner{}
		}
		numbers = append(numbers, n)
	}
	if len(numbers) != 3 {
		return Owner{}
	}
	return Owner{int(numbers[0]), numbers[1], numbers[2]}
}

// PID is its number, 0 for nobody.
func (o Owner) PID() int { return o.pid }

// Gone tells whether there was an owner, who has ended. One in a PID namespace
// that cannot be seen into is taken to live. The error is of a look for which
// there was no memory or descriptor: nothing may be taken away because of it.
func (o Owner) Gone() (bool, error) {
	if o == (Owner{}) {
		return false, nil
	}
	if own, err := ownNamespace(); err != nil || o.namespace != own {
		return false, err
	}
	start, lives, err := started(o.pid)
	return err == nil && (!lives || start != o.start), err
}

// started gives the start of a process, and whether it lives: one that has
// ended and was not waited for does not.
func started(pid int) (start uint64, lives bool, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ESRCH): // the last is of a read
		return 0, false, nil
	case err != nil:
		return 0, false, err
	}
	// The name before the last ) may hold anything. From there the state is
	// the first word, and the start the 20th.
	words := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const state, startTime = 0, 19
	if len(words) <= startTime || bytes.ContainsAny(words[state], "ZX") {
		return 0, false, nil
	}
	start, err = strconv.ParseUint(string(words[startTime]), 10, 64)
	return start, err == nil, err
}

func ownNamespace() (uint64, error) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &st); err != nil {
		return 0, fmt.Errorf("PID namespace: %w", err)
	}
	return st.Ino, nil
}
