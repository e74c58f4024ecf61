package chain

import (
	"encoding/json"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
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
	switch errno {
	case 0:
		return nil
	case unix.ENODEV: // the open file is of something that is no more
		return fmt.Errorf("%s: it was removed meanwhile: %w", p.What, errno)
	}
	return fmt.Errorf("%s: %w", p.What, errno)
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
