package chain

import (
	"encoding/json"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"mini-container/lib/status"
)

// promisesVariable is the environment variable by which one link hands the
// promises to the next. It never reaches the command.
const promisesVariable = "MC_PROMISES"

// Promise is an act that must be the very last before the command: write a
// text to a descriptor that was opened while its path could still be reached.
// The descriptor stays open along the chain.
type Promise struct {
	FD   int    `json:"fd"`
	Text string `json:"text"`
	What string `json:"what"` // what the write means, for an error and for --trace
}

func (p Promise) keep() error {
	text := []byte(p.Text)
	_, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(p.FD), uintptr(unsafe.Pointer(unsafe.SliceData(text))), uintptr(len(text)))
	if errno != 0 {
		return fmt.Errorf("%s: %w", p.What, errno)
	}
	return nil
}

// received reads the promises that earlier links made. Their descriptors are
// sealed at once, so that no other child of this process takes them along.
func received(environ []string) ([]Promise, error) {
	value := Lookup(environ, promisesVariable)
	if value == "" {
		return nil, nil
	}
	var made []Promise
	if err := json.Unmarshal([]byte(value), &made); err != nil {
		return nil, fmt.Errorf("%s=%s: %w", promisesVariable, value, err)
	}
	for _, p := range made {
		if _, err := unix.FcntlInt(uintptr(p.FD), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("%s: descriptor %d: %w", p.What, p.FD, err)
		}
	}
	return made, nil
}

// With gives environ with NAME=value in it, and without when value is empty.
func With(environ []string, name, value string) []string {
	var out []string
	for _, e := range environ {
		if !strings.HasPrefix(e, name+"=") {
			out = append(out, e)
		}
	}
	if value != "" {
		out = append(out, name+"="+value)
	}
	return out
}

// Own are the chain's own variables, for a link that gives the command a clean
// environment: the promises of the links before must not be lost by it.
func Own(environ []string) []string {
	var own []string
	for _, name := range []string{promisesVariable, status.Variable} {
		if value := Lookup(environ, name); value != "" {
			own = append(own, name+"="+value)
		}
	}
	return own
}

// Lookup gives the value of an environment variable, empty when it is not set.
func Lookup(environ []string, name string) string {
	value := ""
	for _, e := range environ {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}
