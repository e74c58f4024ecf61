package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func knob(path string) func() (string, error) {
	return func() (string, error) { return writable(path) }
}

// knobs are files of /proc and /sys that change or tell of the host.
func knobs() []try {
	return []try{
		{"core-pattern", knob("/proc/sys/kernel/core_pattern")},
		{"modprobe", knob("/proc/sys/kernel/modprobe")},
		{"binfmt", knob("/proc/sys/fs/binfmt_misc/register")},
		{"overcommit", knob("/proc/sys/vm/overcommit_memory")},
		{"sysrq", knob("/proc/sysrq-trigger")},
		{"uevent-helper", knob("/sys/kernel/uevent_helper")},
		{"sys-power", knob("/sys/power/state")},
		{"kcore", readable("/proc/kcore")},
		{"kallsyms", func() (string, error) {
			f, err := os.Open("/proc/kallsyms")
			if err != nil {
				return "", err
			}
			first := make([]byte, 17)
			if _, err = f.Read(first); err == nil && string(first) == "0000000000000000 " {
				err = errors.New("shows no address")
			}
			return "addresses", errors.Join(err, f.Close())
		}},
		{"keys", readable("/proc/keys")},
		{"timer-list", readable("/proc/timer_list")},
		{"firmware", func() (string, error) {
			entries, err := os.ReadDir("/sys/firmware")
			if err == nil && len(entries) == 0 {
				err = errors.New("is empty")
			}
			return "tables", err
		}},
		{"core-dump", func() (string, error) {
			var l unix.Rlimit
			if err := unix.Getrlimit(unix.RLIMIT_CORE, &l); err != nil {
				return "", err
			}
			if l.Max == 1 {
				return "", errors.New("neither a file nor a program of the host")
			}
			return "the host's handler is started", nil
		}},
		{"new-privs", func() (string, error) {
			on, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
			if err == nil && on == 1 {
				err = errors.New("no_new_privs")
			}
			return "setuid programs work", err
		}},
	}
}
