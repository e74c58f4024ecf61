package cgroup

import (
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
)

// Witness watches from outside who of a group is killed for want of memory. The
// kernel counts that and names nobody (but in its log), so a process is named
// only on evidence: it was seen in the group, it was ended by SIGKILL, and there
// are as many of those as the kernel has counted. Else the number is all that is
// known.
//
// It looks when the memory runs short, which the kernel tells before it kills,
// and notes what it knows on the group's folder, for whoever tells the story.
// A nil one sees nothing.
type Witness struct {
	group  *Group // its own folder, by which the members are listed
	memory string // the folder of the memory controller
	isV2   bool
	child  int // the process that is waited for

	lock     sync.Mutex
	judged   uint64 // how many kills are explained, or are past
	suspects map[int]*suspect
}

// Attend gives a witness for the group that a promise is about to join, before
// there is a process in it; nil where there is no such group, or none that
// counts.
func Attend(promises []chain.Promise) *Witness {
	w := &Witness{suspects: map[int]*suspect{}}
	for _, p := range promises {
		if p.Become != nil {
			continue
		}
		file, err := readlink(p.FD)
		if err != nil {
			return nil
		}
		folder := filepath.Dir(file)
		if p.Birth > 0 {
			w.group = &Group{Parent: ".", host: &Host{unified: folder}}
		}
		for file, isV2 := range map[string]bool{"memory.events": true, "memory.oom_control": false} {
			if read(folder, file) != "" {
				w.memory, w.isV2 = folder, isV2
			}
		}
	}
	if w.group == nil || w.memory == "" {
		return nil
	}
	w.judged = w.kills()
	return w
}

// kills is how often the kernel has killed in the group.
func (w *Witness) kills() uint64 {
	file := "memory.events"
	if !w.isV2 {
		file = "memory.oom_control"
	}
	return number(new(files).field(w.memory, file, "oom_kill"))
}

// Watch watches until the process ends, beside everything else. What it cannot
// open it does without: then there are numbers, and no names.
func (w *Witness) Watch(child int) {
	if w == nil {
		return
	}
	w.lock.Lock()
	w.child = child
	w.lock.Unlock()
	watch := &Watch{group: w.asGroup(), notify: -1, memory: -1}
	if err := w.open(watch); err != nil {
		watch.Close()
		return
	}
	go w.watch(watch)
}

// open is for the memory controller alone, and without inotify(7): a process that
// ends with one waits for the kernel for 10 ms and more.
func (w *Witness) open(watch *Watch) error {
	if !w.isV2 {
		return watch.legacy(filepath.Join(w.memory, "memory.oom_control"), "")
	}
	fd, err := unix.Open(filepath.Join(w.memory, "memory.events"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		watch.owned = append(watch.owned, fd)
		watch.Also(fd, unix.POLLPRI)
		watch.read()
	}
	return err
}

// asGroup is the group as a watch wants it: with the memory controller alone.
func (w *Witness) asGroup() *Group {
	g := *w.group
	g.host = &Host{unified: w.group.host.unified}
	if w.isV2 {
		g.host.v2 = []string{"memory"}
	} else {
		g.host.v1 = map[string]string{"memory": w.memory}
	}
	return &g
}

// A command that takes all at once leaves no time for a first look when it is
// told: there are a few of themselves at the beginning. A group that lives at its
// limit tells that without end: the looks then come less and less often.
const (
	firstLook  = 4 * time.Millisecond
	mostDoubt  = 32 * time.Millisecond
	shortPause = time.Millisecond
	longPause  = 500 * time.Millisecond
)

func (w *Witness) watch(watch *Watch) {
	// The kernel takes 10 ms and more for a threshold, and whoever asked waits for
	// that at its end: so they are asked for when the looks become rare, and not
	// for a command that has ended by then.
	ask := sync.OnceFunc(func() { w.thresholds(watch) })
	pause, began := shortPause, time.Now()
	for next := firstLook; ; {
		slept := time.Now()
		_, err := watch.Sleep(next)
		if watch.read(); err != nil || !there(w.memory) {
			watch.Close()
			return
		}
		w.inquire()
		if next != firstLook {
			ask()
		}
		switch awake := time.Since(slept); {
		case next > 0 && awake >= next:
			if next = max(firstLook, time.Since(began)/4); next > longPause {
				next = -1
			}
		case awake > longPause:
			pause = shortPause
		default:
			time.Sleep(pause)
			pause = min(2*pause, longPause)
		}
	}
}

// inquire looks who is there, and until it is clear who was killed; that takes
// the kernel a moment.
func (w *Witness) inquire() {
	for more := time.Millisecond; ; more *= 2 {
		w.lock.Lock()
		w.look()
		done := w.judge()
		if !done && more > mostDoubt { // who comes later is another story
			w.judged, done = w.kills(), true
		}
		w.lock.Unlock()
		if done {
			return
		}
		time.Sleep(more)
	}
}

// thresholds asks cgroup v1 to tell before the limit is reached; it takes its
// time for each. The v2 tree tells when it is, and tries for a while to find some
// memory yet.
func (w *Witness) thresholds(watch *Watch) {
	limit := number(Amount(fromLegacy(read(w.memory, "memory.limit_in_bytes"))))
	if w.isV2 || limit == 0 {
		return
	}
	for _, part := range []uint64{limit / 2, limit - limit/8} {
		// Without it the last moment is told all the same.
		go func() { _ = watch.legacy(filepath.Join(w.memory, "memory.usage_in_bytes"), decimal(part)) }()
	}
}

// Dying tells of the process that is waited for: SIGKILL has ended it, and it
// can be looked at still. If the kernel has killed once more, it was that one:
// all others in its PID namespace die after it, and by it.
func (w *Witness) Dying(pid int) {
	if w == nil {
		return
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	w.child = pid
	w.look()
	w.judge()
}

// Ended looks for the last time, when the process is gone.
func (w *Witness) Ended() {
	if w == nil {
		return
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	w.judge()
	for _, s := range w.suspects {
		s.close()
	}
	clear(w.suspects)
}

// look takes down who is there: first who they are, as that is soon too late.
func (w *Witness) look() {
	const enough = 512
	pids := memberList(new(files), w.group.host.unified)
	if w.child > 0 { // who has ended is no member any more
		pids = append(pids, w.child)
	}
	if groups := below(w.group.host.unified); len(groups) > 0 {
		pids = append(pids, w.group.members(new(files), w.group.host.unified)...)
	}
	for _, pid := range pids {
		if w.suspects[pid] == nil && len(w.suspects) < enough {
			if s := newSuspect(pid); s != nil {
				w.suspects[pid] = s
			}
		}
	}
	for _, s := range w.suspects {
		s.look()
	}
}

// judge names those whom the kernel has killed since, if they are known; it
// tells whether there is nothing more to find out.
func (w *Witness) judge() bool {
	kills := w.kills()
	open := kills - min(w.judged, kills)
	var killed []*suspect
	for pid, s := range w.suspects {
		switch s.end() {
		case byKill:
			killed = append(killed, s)
		case otherwise:
			s.close()
			delete(w.suspects, pid)
		}
	}
	if child := w.suspects[w.child]; open == 1 && child != nil && child.end() == byKill {
		killed = []*suspect{child}
	}
	if open == 0 || uint64(len(killed)) < open {
		return open == 0
	}
	if uint64(len(killed)) == open {
		note(w.group.host.unified, killed)
	}
	w.judged = kills
	for pid, s := range w.suspects {
		if s.end() == byKill {
			s.close()
			delete(w.suspects, pid)
		}
	}
	return true
}

// readlink is the path of an open file.
func readlink(fd int) (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlink("/proc/self/fd/"+decimal(uint64(fd)), buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}
