// Tries is a hostile command: it tries what is known to lead out of a
// container, or to harm the host or its neighbours, and prints a line for each
// try: its name, open or closed, and what it got or why not.
//
// It does no harm where it succeeds: a file is opened for writing and not
// written, a clock is set to what it is, a signal is 0.
//
//	tries            all of them, each in a process of its own
//	tries NAME       one
//	tries listen     be the host's program that abstract-socket looks for
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// try does one thing. Without an error the way is open.
type try struct {
	name string
	do   func() (got string, err error)
}

// tries are in the order of the table in docs/security.md.
func tries() []try {
	var all []try
	for _, group := range [][]try{roots(), mounts(), devices(), knobs(), calls(), others(), networks()} {
		all = append(all, group...)
	}
	return all
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) > 0 && args[0] == "listen" {
		return listen()
	}
	for _, t := range tries() {
		switch {
		case len(args) == 0:
			fmt.Println(apart(t.name))
		case t.name == args[0]:
			runtime.LockOSThread()
			fmt.Println(t.say())
			return 0
		}
	}
	if len(args) > 0 {
		fmt.Fprintf(os.Stderr, "tries: %s: no such try\n", args[0])
		return 99
	}
	return 0
}

// apart runs a try in a process of its own, which a filter may kill. One that
// cannot be started has tried nothing.
func apart(name string) string {
	cmd := exec.Command("/proc/self/exe", name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if line := strings.TrimSpace(string(out)); line != "" {
		return line
	}
	if killed := new(exec.ExitError); errors.As(err, &killed) && !killed.Exited() {
		return fmt.Sprintf("%-16s closed  %v", name, err)
	}
	return fmt.Sprintf("%-16s failed  %v", name, err)
}

func (t try) say() string {
	got, err := t.do()
	if err != nil {
		return fmt.Sprintf("%-16s closed  %v", t.name, errors.Unwrap(fmt.Errorf("%w", err)))
	}
	return fmt.Sprintf("%-16s open    %s", t.name, got)
}
