package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// others are processes that are not the command's: process 1 where it is an
// init of the runtime's, and one outside by its number there.
func others() []try {
	outside, _ := strconv.Atoi(os.Getenv("TRIES_PID"))
	return []try{
		{"ptrace-1", func() (string, error) {
			if mine(1) {
				return "", errors.New("it is the command's own")
			}
			if err := unix.PtraceSeize(1); err != nil {
				return "", err
			}
			return "process 1", unix.PtraceDetach(1)
		}},
		{"mem-1", func() (string, error) {
			if mine(1) {
				return "", errors.New("it is the command's own")
			}
			fd, err := unix.Open("/proc/1/mem", unix.O_RDWR, 0)
			return fmt.Sprint(fd), err
		}},
		{"kill-outside", func() (string, error) {
			if outside == 0 {
				return "", errors.New("TRIES_PID is not set")
			}
			return fmt.Sprint(outside), unix.Kill(outside, 0)
		}},
		{"see-outside", func() (string, error) {
			_, err := os.Stat(fmt.Sprintf("/proc/%d", outside))
			return fmt.Sprint(outside), err
		}},
		{"pidfd-outside", func() (string, error) {
			fd, err := unix.PidfdOpen(outside, 0)
			return fmt.Sprint(fd), err
		}},
	}
}

// mine tells whether a process runs the command's own programs: then nothing is
// wrong with a look into it.
func mine(pid int) bool {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && link != "/" && os.Getenv("TRIES_OURS") == ""
}
