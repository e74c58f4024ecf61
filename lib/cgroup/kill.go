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

// each signals the processes one by one. After KILL it looks again and again,
// because they may fork meanwhile. After cgroup.kill there is still work for it
// where a process has joined the group on cgroup v1 only.
func (s *kill) each() error {
	for round, end := 0, time.Now().Add(patience); ; round++ {
		// Who is killed makes room for the children of the others: where they
		// fork as fast as they are killed, all are stopped first.
		if round >= gentleRounds {
			if err := s.stopAll(end); err != nil {
				return err
			}
		}
		pids, err := s.sweep(s.signal)
		if err != nil || s.signal != unix.SIGKILL || len(pids) == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: kill: %d processes are still there after %v", s.group.Name, len(pids), patience)
		}
		time.Sleep(time.Millisecond)
	}
}

// gentleRounds are for those who do not fork.
const gentleRounds = 5

// stopAll stops the processes until there is none that was not stopped before:
// one that stands cannot fork.
func (s *kill) stopAll(end time.Time) error {
	seen := map[int]bool{}
	for more := true; more && time.Now().Before(end); {
		pids, err := s.sweep(unix.SIGSTOP)
		if err != nil {
			return err
		}
		more = false
		for _, pid := range pids {
			more = more || !seen[pid]
			seen[pid] = true
		}
	}
	return nil
}

// sweep sends the signal to everybody who is there now.
func (s *kill) sweep(signal unix.Signal) (pids []int, err error) {
	f := &files{}
	pids = s.group.pids(f)
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", s.group.Name, f.err)
	}
	for _, pid := range pids {
		// By a descriptor, so that a number that is used again is not hit
		// between the look and the signal (pidfd_send_signal(2)).
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue
		}
		err = unix.PidfdSendSignal(fd, signal, nil, 0)
		unix.Close(fd)
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return nil, fmt.Errorf("%s: signal process %d: %w", s.group.Name, pid, denied(err))
		}
	}
	return pids, nil
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
		pids = append(pids, g.members(f, folder)...)
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// members are those of the folder and of the folders below it.
func (g *Group) members(f *files, folder string) (pids []int) {
	_ = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil && f.err == nil && !absent(err) {
			f.err = err
		}
		if err != nil || !e.IsDir() {
			return nil // gone meanwhile, or no group
		}
		pids = append(pids, memberList(f, path)...)
		return nil
	})
	return pids
}

// memberList are those of the folder alone.
func memberList(f *files, folder string) (pids []int) {
	for _, word := range strings.Fields(f.text(folder, "cgroup.procs")) {
		if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// empty waits until the group has no process any more.
type empty struct {
	step.Final
	group *Group
}

func (s *empty) Do() error { return s.group.await(unpopulated) }

func (s *empty) Say() string { return s.group.sayAwait(unpopulated) }

// unpopulated is the line of cgroup.events of a group without processes.
const unpopulated = "populated 0"

// await waits until cgroup.events has the line. A group that is gone waits for
// nothing.
func (g *Group) await(line string) error {
	events, err := os.Open(filepath.Join(g.Path(), "cgroup.events"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", g.Name, err)
	}
	defer events.Close()
	for end := time.Now().Add(patience); ; {
		text := make([]byte, 256)
		n, err := events.ReadAt(text, 0)
		if errors.Is(err, unix.ENODEV) || strings.Contains(string(text[:n]), line) {
			return nil
		}
		left := time.Until(end)
		if left <= 0 {
			return fmt.Errorf("%s: not '%s' after %v: %s", g.Name, line, patience, describe(g.Path()))
		}
		// The kernel tells a change of this file by POLLPRI (cgroups(7)).
		poll := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(poll, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("%s: wait for '%s': %w", g.Name, line, err)
		}
	}
}

func (g *Group) sayAwait(line string) string {
	return "until grep -q " + step.Quote(line) + " " + step.Quote(filepath.Join(g.Path(), "cgroup.events")) + "; do sleep 0.01; done"
}
