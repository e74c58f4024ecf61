package chain

import (
	"encoding/json"
	"fmt"

	"golang.org/x/sys/unix"

	"mini-container/lib/privilege"
)

// promisesVariable is the environment variable by which one link hands the
// promises to the next. It never reaches the command.
const promisesVariable = "MC_PROMISES"

// Promise is an act that must be the very last before the command, of one of
// two kinds: write a text to a descriptor that was opened while its path could
// still be reached, and that stays open along the chain; or become somebody
// with fewer privileges, whom the links on the way would be no use as.
//
// The one that writes is the thread which then becomes the command: a 0 in the
// tasks file of cgroup v1 moves that thread alone.
type Promise struct {
	FD   int    `json:"fd,omitempty"`
	Text string `json:"text,omitempty"`
	What string `json:"what"` // what the write means, for an error
	Say  string `json:"say"`  // the write as a shell command

	Become *privilege.Spec `json:"become,omitempty"`

	// Birth is a folder of the cgroup v2 tree, open, or 0. To be born there
	// keeps the promise too (CLONE_INTO_CGROUP, clone(2)): at the first fork, if
	// it is Early, because the group limits nothing and the links may be in it;
	// else at the fork of the command, if there is one.
	Birth int  `json:"birth,omitempty"`
	Early bool `json:"early,omitempty"`
}

// files are the promise's descriptors.
func (p Promise) files() []int {
	if p.Become != nil {
		return p.Become.Files()
	}
	if p.Birth > 0 {
		return []int{p.FD, p.Birth}
	}
	return []int{p.FD}
}

// say tells the trace what the promise is.
func (p Promise) say(trace func(string)) {
	if p.Become == nil {
		trace(p.Say)
		return
	}
	for _, line := range p.Become.Say() {
		trace(line)
	}
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
		for _, fd := range p.files() {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
				return nil, fmt.Errorf("%s: descriptor %d: %w", p.What, fd, err)
			}
		}
	}
	return made, nil
}
