// Package owner says to which process a container belongs. The kernel keeps it
// with the container's parts, so that what a killed process has left can be
// told from what lives.
package owner

import (
	"bytes"
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
	start, lives := started(pid)
	if !lives {
		return fmt.Errorf("process %d: is not there", pid)
	}
	*o = Owner{pid, start, ownNamespace()}
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
// that cannot be seen into is taken to live.
func (o Owner) Gone() bool {
	if o == (Owner{}) || o.namespace != ownNamespace() {
		return false
	}
	start, lives := started(o.pid)
	return !lives || start != o.start
}

// started gives the start of a process, and whether it lives: one that has
// ended and was not waited for does not.
func started(pid int) (start uint64, lives bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name before the last ) may hold anything. From there the state is
	// the first word, and the start the 20th.
	words := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const state, startTime = 0, 19
	if len(words) <= startTime || bytes.ContainsAny(words[state], "ZX") {
		return 0, false
	}
	start, err = strconv.ParseUint(string(words[startTime]), 10, 64)
	return start, err == nil
}

func ownNamespace() uint64 {
	var st unix.Stat_t
	if unix.Stat("/proc/self/ns/pid", &st) != nil {
		return 0
	}
	return st.Ino
}
