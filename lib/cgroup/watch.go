package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Watch sleeps until something happens in a group. The kernel says so by
// inotify(7) for the files of cgroup v2, and by an eventfd(2) for the memory
// controller of v1, whose files tell nobody.
type Watch struct {
	group  *Group
	notify int
	memory int // the eventfd, or -1
	others []unix.PollFd
	owned  []int         // those of the others that end with the watch
	soon   time.Duration // look again by then, when it is not 0
}

// Watch begins to watch the group.
func (g *Group) Watch() (*Watch, error) {
	if !there(g.Path()) {
		return nil, g.Missing()
	}
	w := &Watch{group: g, notify: -1, memory: -1}
	if err := w.open(); err != nil {
		w.Close()
		return nil, fmt.Errorf("%s: watch it: %w", g.Name, err)
	}
	return w, nil
}

func (w *Watch) open() error {
	var err error
	if w.notify, err = unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err != nil {
		return fmt.Errorf("inotify: %w", err)
	}
	// The folder itself would tell of its end when nobody has it open any more.
	if _, err := unix.InotifyAddWatch(w.notify, filepath.Dir(w.group.Path()), unix.IN_DELETE|unix.IN_ONLYDIR); err != nil {
		return err
	}
	for _, file := range w.files() {
		if _, err := unix.InotifyAddWatch(w.notify, file, unix.IN_MODIFY); err != nil && !absent(err) {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	w.next(false)
	if folder, isV2 := w.group.folder("memory"); folder != "" && !isV2 {
		return w.legacy(filepath.Join(folder, "memory.oom_control"), "")
	}
	return nil
}

// files are those that tell of a change by themselves.
func (w *Watch) files() []string {
	files := []string{filepath.Join(w.group.Path(), "cgroup.events")}
	if folder, isV2 := w.group.folder("memory"); isV2 {
		files = append(files, filepath.Join(folder, "memory.events"))
	}
	if folder, _ := w.group.folder("pids"); folder != "" {
		files = append(files, filepath.Join(folder, "pids.events"))
	}
	return files
}

// legacy asks a file of the memory controller of cgroup v1 to tell by the
// eventfd (Documentation/admin-guide/cgroup-v1/memory.rst).
func (w *Watch) legacy(file, argument string) error {
	if w.memory < 0 {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			return fmt.Errorf("eventfd: %w", err)
		}
		w.memory = fd
	}
	of, err := os.Open(file)
	if err != nil {
		return err
	}
	defer of.Close()
	text := fmt.Sprintf("%d %d %s", w.memory, of.Fd(), argument)
	return step.WriteFile{Path: filepath.Join(filepath.Dir(file), "cgroup.event_control"), Text: text}.Do()
}

// Also wakes at these events of a descriptor, too, and at its end.
func (w *Watch) Also(fd int, events int16) {
	w.others = append(w.others, unix.PollFd{Fd: int32(fd), Events: events})
}

// Sleep sleeps until something may have happened, and for no longer than the
// given time; a negative one is for ever. It gives what came of the others:
// an event of theirs, or their end.
func (w *Watch) Sleep(longest time.Duration) (others []unix.PollFd, err error) {
	if w.soon > 0 && (longest < 0 || longest > w.soon) {
		longest = w.soon
	}
	ours := []unix.PollFd{{Fd: int32(w.notify), Events: unix.POLLIN}, {Fd: int32(w.memory), Events: unix.POLLIN}}
	all := append(ours, w.others...)
	_, err = unix.Poll(all, milliseconds(longest))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return nil, fmt.Errorf("%s: watch it: %w", w.group.Name, err)
	}
	for _, fd := range []int{w.notify, w.memory} {
		drain(fd)
	}
	w.next(all[1].Revents != 0)
	for _, p := range all[len(ours):] {
		if p.Revents != 0 && err == nil {
			others = append(others, p)
		}
	}
	return others, nil
}

// legacyLooks is how often what cgroup v1 tells nobody of is looked at.
const legacyLooks = time.Second

// next says when to look again, whatever is told. The eventfd of cgroup v1 comes
// before somebody is killed and counted: there are a few looks in a row, farther
// and farther apart. And its pids controller tells nobody that it refuses.
func (w *Watch) next(told bool) {
	switch folder, isV2 := w.group.folder("pids"); {
	case told:
		w.soon = time.Millisecond
	case w.soon > 0 && w.soon < legacyLooks:
		w.soon *= 2
	case isV2, folder == "":
		w.soon = 0
	default:
		w.soon = legacyLooks
	}
}

// milliseconds rounds up, so that nobody wakes too early and asks again.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int((d + time.Millisecond - 1) / time.Millisecond)
}

// drain reads what is there, of no meaning but that it came.
func drain(fd int) {
	var buffer [4096]byte
	for n := 1; fd >= 0 && n > 0; {
		n, _ = unix.Read(fd, buffer[:]) // empty is EAGAIN
	}
}

// read reads the files that are its own, which lets the kernel tell of the next
// change (cgroups(7)).
func (w *Watch) read() {
	var buffer [4096]byte
	for _, fd := range w.owned {
		_, _ = unix.Pread(fd, buffer[:], 0) // of a group that is gone there is nothing
	}
}

// Close ends the watch.
func (w *Watch) Close() {
	for _, fd := range []int{w.notify, w.memory} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
	for _, fd := range w.owned {
		_ = unix.Close(fd)
	}
}

// counts are what has happened in a group so far, by the names that events have.
func (g *Group) counts(f *files) map[string]uint64 {
	all := map[string]uint64{}
	take := func(event string, text Amount) {
		if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
			all[event] = n
		}
	}
	take(eventPopulated, f.field(g.Path(), "cgroup.events", "populated"))
	take(eventFrozen, f.field(g.Path(), "cgroup.events", "frozen"))
	folder, isV2 := g.folder("memory")
	switch {
	case folder == "":
	case isV2:
		for _, key := range []string{"low", "high", "max", "oom", "oom_kill", "oom_group_kill"} {
			take("memory."+key, f.field(folder, "memory.events", key))
		}
	default:
		take("memory.max", limitHits(f, folder))
		take(eventKill, f.field(folder, "memory.oom_control", "oom_kill"))
	}
	if folder, _ := g.folder("pids"); folder != "" {
		take(eventRefused, f.field(folder, "pids.events", "max"))
	}
	return all
}
