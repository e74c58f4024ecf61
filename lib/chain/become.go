package chain

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/nofile"
	"mini-container/lib/privilege"
	"mini-container/lib/raw"
)

// become makes this process the command. From the first promise on it may be
// under limits that allow it no further thread: with one processor, and by
// calls that Go's runtime does not see, it has no reason to start one.
func (p *Program) become() error {
	if fd, _ := p.userNS(); fd > 0 {
		return fmt.Errorf("%s: a process with threads cannot enter a user namespace: let mc-ns init or mc-rootfs pivot --init start it", p.Args[0])
	}
	calls, err := p.calls(raw.Nowhere)
	if err != nil {
		return err
	}
	p.Leave()
	runtime.LockOSThread()
	if len(p.Promises) > 0 {
		runtime.GOMAXPROCS(1)
	}
	return p.whyNot(calls.Do())
}

// Detach copies the program's words from the memory of this process's own
// command line.
func (p *Program) Detach() {
	p.Path = strings.Clone(p.Path)
	p.Args, p.Environ = slices.Clone(p.Args), slices.Clone(p.Environ)
	for _, words := range [][]string{p.Args, p.Environ} {
		for i := range words {
			words[i] = strings.Clone(words[i])
		}
	}
}

// Spawn starts the command as a child of this process, which keeps all promises
// itself, between the fork and the exec: nothing of this process is changed.
// The child is born in the group of cgroup v2 that is given or promised, or
// where this process is (raw.Nowhere). It is killed when the calling thread
// ends, so the caller has locked that.
func (p *Program) Spawn(group int) (pid int, err error) {
	if p.Ours {
		return 0, fmt.Errorf("%s: is a link of the chain, which has no use for an init: let the last link have it", p.Args[0])
	}
	for _, promise := range p.Promises {
		if promise.Birth > 0 {
			group = promise.Birth
		}
	}
	calls, err := p.calls(group)
	if err != nil {
		return 0, err
	}
	p.Leave()
	pid, err = calls.Fork(group)
	if err != nil {
		return 0, p.whyNot(err)
	}
	p.letGo()
	if p.Status > 2 {
		_ = unix.Close(p.Status) // the supervisor outside says the rest
	}
	p.Status = -1
	return pid, nil
}

// calls are all that the process has to do until it is the command, for one
// that is born in the group.
//
// Every descriptor above 2 is closed by the exec: nothing opened on the way can
// be forgotten, and a leaked descriptor of the host's tree is a way out of a
// container (CVE-2024-21626).
func (p *Program) calls(group int) (raw.Calls, error) {
	calls := restored()
	environ := p.Environ
	who := privilege.Who{UID: os.Geteuid(), GID: os.Getegid(), Inside: p.inside}
	for _, promise := range p.Promises {
		if promise.Become == nil && (group == raw.Nowhere || promise.Birth != group) {
			calls = append(calls, raw.Write(promise.What, promise.FD, promise.Text))
		}
	}
	for _, promise := range p.Promises { // who has less cannot write any more
		if promise.Become == nil {
			continue
		}
		become, is, err := promise.Become.Calls(who)
		if err != nil {
			return nil, err
		}
		who = is
		calls = append(calls, become...)
	}
	if p.inside && !has(environ, "HOME") {
		environ = With(environ, "HOME", cmp.Or(who.Home, "/root"))
	}
	exec, err := raw.Exec(p.Path, p.Args, environ)
	if err != nil {
		return nil, err
	}
	if err := seal(); err != nil {
		return nil, err
	}
	return append(calls, exec), nil
}

// userNS is the user namespace that a promise says the command shall be in, or
// 0, and who its root is outside.
func (p *Program) userNS() (fd, first int) {
	for _, promise := range p.Promises {
		if promise.Become != nil && promise.Become.UserNS > 0 {
			return promise.Become.UserNS, promise.Become.First
		}
	}
	return 0, 0
}

// UserNS is the descriptor of the user namespace that an earlier link has
// promised, or 0, and who its root is outside.
func (l Link) UserNS() (fd, first int, err error) {
	made, err := received(l.Environ)
	fd, first = (&Program{Promises: made}).userNS()
	return fd, first, err
}

// seal closes every descriptor above 2 at the exec (close_range(2)).
func seal() error {
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("close_range: %w", err)
	}
	return nil
}

// restored gives the command the limit on open files that this process was
// started with.
func restored() raw.Calls {
	soft, hard, known := nofile.Before()
	var now unix.Rlimit
	if !known || unix.Getrlimit(unix.RLIMIT_NOFILE, &now) != nil || now.Max != hard || now.Cur == soft {
		return nil // it is another one by now, which somebody has asked for
	}
	limit := raw.New("the limit on open files", unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE)
	return raw.Calls{raw.Pointing(limit, 2, &unix.Rlimit{Cur: soft, Max: hard})}
}

// whyNot says why the process has not become the command.
func (p *Program) whyNot(err error) error {
	failed := new(raw.Failed)
	switch {
	case !errors.As(err, &failed):
		if errors.Is(err, unix.EAGAIN) {
			return fmt.Errorf("fork: its group takes no further process (pids.max), or this user none: %w", unix.EAGAIN)
		}
		return err
	case failed.What == p.Path:
		return why(p.Path, failed.Errno)
	case failed.What == privilege.NewCgroupNS && failed.Errno == unix.ENOSPC:
		return whyLimit(err)
	case failed.Errno == unix.ENODEV: // the open file is of something that is no more
		return fmt.Errorf("%s: it was removed meanwhile: %w", failed.What, failed.Errno)
	}
	return privilege.Why(failed)
}
