package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// patience is how long the end of a group's processes is waited for.
const patience = 10 * time.Second

// Kill plans to send the signal to every process of the group and of the
// groups below it, and after KILL to wait until they are gone. A group that is
// not there has no processes.
func (g *Group) Kill(signal unix.Signal) step.List {
	plan := step.List{&kill{group: g, signal: signal}}
	if signal == unix.SIGKILL {
		plan = append(plan, &empty{group: g})
	}
	return plan
}

// End plans to kill every process of the group, and to wait until they are gone.
func (g *Group) End() step.List { return g.Kill(unix.SIGKILL) }

type kill struct {
	step.Final
	group  *Group
	signal unix.Signal
}

func (s *kill) Do() error {
	if s.signal == unix.SIGKILL {
		// Linux before 5.14 has no cgroup.kill; nor has a group that is gone.
		err := step.WriteFile{Path: s.file(), Text: "1"}.Do()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: kill: %w", s.group.Name, denied(err))
		}
	}
	return s.each()
}

// each signals the processes one by one, again and again after KILL, because
// they may fork meanwhile. After cgroup.kill there is still work for it where
// a process has joined the group on cgroup v1 only.
func (s *kill) each() error {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		f := &files{}
		pids := s.group.pids(f)
		if f.err != nil {
			return fmt.Errorf("%s: %w", s.group.Name, f.err)
		}
		for _, pid := range pids {
			// By a descriptor, so that a number that is used again is not hit
			// between the look and the signal (pidfd_send_signal(2)).
			fd, err := unix.PidfdOpen(pid, 0)
			if err != nil {
				continue
			}
			err = unix.PidfdSendSignal(fd, s.signal, nil, 0)
			unix.Close(fd)
			if err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("%s: signal process %d: %w", s.group.Name, pid, denied(err))
			}
		}
		if s.signal != unix.SIGKILL || len(pids) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: kill: %d processes are still there after %v", s.group.Name, len(pids), patience)
		}
	}
}

func (s *kill) file() string { return filepath.Join(s.group.Path(), "cgroup.kill") }

func (s *kill) Say() string {
	if s.signal == unix.SIGKILL {
		return "echo 1 >" + step.Quote(s.file())
	}
	name := strings.TrimPrefix(unix.SignalName(s.signal), "SIG")
	if name == "" { // real-time signals have none
		name = strconv.Itoa(int(s.signal))
	}
	return "kill -s " + name + " $(cat " + step.Quote(filepath.Join(s.group.Path(), "cgroup.procs")) + ")"
}

// pids are the members of the group and of the groups below it, in any
// hierarchy: on a hybrid host a process may be in one of them alone.
func (g *Group) pids(f *files) []int {
	var pids []int
	for _, folder := range g.folders() {
		_ = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil && f.err == nil && !absent(err) {
				f.err = err
			}
			if err != nil || !e.IsDir() {
				return nil // gone meanwhile, or no group
			}
			for _, word := range strings.Fields(f.text(path, "cgroup.procs")) {
				if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
					pids = append(pids, pid)
				}
			}
			return nil
		})
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// empty waits until the group has no process any more.
type empty struct {
	step.Final
	group *Group
}

func (s *empty) Do() error {
	events, err := os.Open(filepath.Join(s.group.Path(), "cgroup.events"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.group.Name, err)
	}
	defer events.Close()
	for end := time.Now().Add(patience); ; {
		text := make([]byte, 256)
		n, err := events.ReadAt(text, 0)
		if errors.Is(err, unix.ENODEV) || strings.Contains(string(text[:n]), "populated 0") {
			return nil
		}
		left := time.Until(end)
		if left <= 0 {
			return fmt.Errorf("%s: still has processes after %v: %s", s.group.Name, patience, describe(s.group.Path()))
		}
		// The kernel tells a change of this file by POLLPRI (cgroups(7)).
		poll := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(poll, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("%s: wait for its end: %w", s.group.Name, err)
		}
	}
}

func (s *empty) Say() string {
	return "until grep -q 'populated 0' " + step.Quote(filepath.Join(s.group.Path(), "cgroup.events")) + "; do sleep 0.01; done"
}
