//go:build fault

package step

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// faultVariable says which step goes wrong, and how, in the tools that are
// built for that test alone: "fail mc-net up 3" lets the third step of that
// verb fail, "before …" and "after …" kill the process at that step's edges.
const faultVariable = "MC_FAULT"

var errInjected = errors.New("injected fault")

var done int // steps of this process, over all its lists

// do does the step, or what is asked for instead.
func do(s Step) error {
	done++
	switch how, where, _ := strings.Cut(os.Getenv(faultVariable), " "); {
	case where != here():
	case how == "fail":
		return errInjected
	case how == "before":
		die()
	case how == "after":
		err := s.Do()
		die()
		return err
	}
	return s.Do()
}

// say fails where a step that is only said is asked to.
func say(Step) error {
	done++
	if os.Getenv(faultVariable) == "fail "+here() {
		return errInjected
	}
	return nil
}

// here names the step that is about to be done.
func here() string {
	verb := ""
	for _, arg := range os.Args[1:] {
		if !strings.HasPrefix(arg, "-") {
			verb = arg
			break
		}
	}
	return fmt.Sprintf("%s %s %d", filepath.Base(os.Args[0]), verb, done)
}

// die is a sudden death. The first process of a PID namespace cannot kill
// itself (pid_namespaces(7)): it ends without another word.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	os.Exit(137)
}
