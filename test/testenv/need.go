package testenv

import (
	"fmt"
	"os"
	"os/exec"
)

// needs are the words by which a test declares what it cannot do without.
var needs = map[string]func() bool{
	"root":     func() bool { return os.Geteuid() == 0 },
	"alpine":   func() bool { return tarball() != "" },
	"cgroup2":  CgroupV2,
	"hybrid":   func() bool { return !CgroupV2() },
	"busybox":  program("busybox"),
	"bwrap":    program("bwrap"),
	"ip":       program("ip"),
	"jq":       program("jq"),
	"nft":      program("nft"),
	"nsenter":  program("nsenter"),
	"pgrep":    program("pgrep"),
	"setpriv":  program("setpriv"),
	"strace":   program("strace"),
	"tcpdump":  program("tcpdump"),
	"tmux":     program("tmux"),
	"unshare":  program("unshare"),
	"iptables": program("iptables"),
}

func program(name string) func() bool {
	return func() bool {
		_, err := exec.LookPath(name)
		return err == nil
	}
}

// Need gives what of the words is missing here. A word that is not known is an
// error: a need that is spelled wrong must not pass for one that is not met.
func Need(words ...string) (missing []string, err error) {
	for _, word := range words {
		met, ok := needs[word]
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: no such need", word)
		case !met():
			missing = append(missing, "needs "+word)
		}
	}
	return missing, nil
}

// CI tells that the tests run where none may be skipped.
func CI() bool { return os.Getenv("CI") == "true" }

// CgroupV2 tells whether the controllers are on cgroup v2 here.
func CgroupV2() bool {
	_, err := os.Stat("/sys/fs/cgroup/cgroup.controllers")
	return err == nil
}
