package testenv

import (
	"fmt"
	"os"
	"os/exec"
)

// needs are the words by which a test declares what it cannot do without.
var needs = map[string]func() error{
	"root": func() error {
		if os.Geteuid() != 0 {
			return fmt.Errorf("not root")
		}
		return nil
	},
	"bwrap":    program("bwrap"),
	"ip":       program("ip"),
	"jq":       program("jq"),
	"strace":   program("strace"),
	"tmux":     program("tmux"),
	"unshare":  program("unshare"),
	"nsenter":  program("nsenter"),
	"iptables": program("iptables"),
}

func program(name string) func() error {
	return func() error {
		_, err := exec.LookPath(name)
		return err
	}
}

// Need tells what of the words is missing. A word that is not known is an
// error too: a need that is spelled wrong must not pass for one that is met.
func Need(words ...string) error {
	for _, word := range words {
		met, ok := needs[word]
		if !ok {
			return fmt.Errorf("%s: no such need", word)
		}
		if err := met(); err != nil {
			return fmt.Errorf("needs %s: %w", word, err)
		}
	}
	return nil
}

// CgroupV2 tells whether the memory controller is on cgroup v2 here.
func CgroupV2() bool {
	_, err := os.Stat("/sys/fs/cgroup/cgroup.controllers")
	return err == nil
}
