package cgroup

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// The events that more than one place knows.
const (
	eventPopulated = "populated"
	eventFrozen    = "frozen"
	eventKill      = "memory.oom_kill"
	eventRefused   = "pids.max"
)

// eventNames are all that are counted or changed, in the order in which those
// of one moment are told.
var eventNames = []string{
	eventPopulated, eventFrozen,
	"memory.low", "memory.high", "memory.max", "memory.oom", eventKill, "memory.oom_group_kill", eventRefused,
}

// ends are the names of what is a state, at its end.
var ends = map[string]string{eventPopulated: "empty", eventFrozen: "thawed"}

// Event is something that has happened in a group.
type Event struct {
	Time  float64 `json:"time"` // in seconds since the epoch
	Group string  `json:"group"`
	Event string  `json:"event"`           // the controller's file and its line, or populated, empty, frozen, thawed, gone
	Count uint64  `json:"count,omitempty"` // how often so far
	More  uint64  `json:"more,omitempty"`  // how often since the last line
}

// Text is the event as a line.
func (e Event) Text() string {
	at := time.UnixMicro(int64(e.Time * 1e6)).Format("15:04:05.000")
	if e.Count == 0 {
		return fmt.Sprintf("%s %s %s\n", at, e.Group, e.Event)
	}
	return fmt.Sprintf("%s %s %s %d (+%d)\n", at, e.Group, e.Event, e.Count, e.More)
}

// Events tells of all that happens in the group until it is removed, or until
// the reader is gone. The first one says whether it has processes: by then it
// is watched.
func (g *Group) Events(reader int, tell func(Event) error) error {
	w, err := g.Watch()
	if err != nil {
		return err
	}
	defer w.Close()
	w.Also(reader, 0)
	f := &files{}
	before := g.counts(f)
	first := eventPopulated
	if before[eventPopulated] == 0 {
		first = ends[eventPopulated]
	}
	for told := []Event{g.event(first)}; ; {
		for _, e := range told {
			if err := tell(e); err != nil {
				return err
			}
		}
		others, err := w.Sleep(-1)
		if err != nil || slices.ContainsFunc(others, ended) {
			return err
		}
		now := g.counts(f)
		if !there(g.Path()) {
			return tell(g.event("gone"))
		}
		if f.err != nil {
			return fmt.Errorf("%s: %w", g.Name, f.err)
		}
		told = g.since(before, now)
		before = now
	}
}

// ended tells that nobody reads from the descriptor any more.
func ended(p unix.PollFd) bool { return p.Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 }

func (g *Group) event(name string) Event {
	return Event{Time: float64(time.Now().UnixMicro()) / 1e6, Group: string(g.Name), Event: name}
}

// since says what is new.
func (g *Group) since(before, now map[string]uint64) (all []Event) {
	for _, name := range eventNames {
		was, is := before[name], now[name]
		if was == is {
			continue
		}
		e := g.event(name)
		switch end, state := ends[name]; {
		case !state && is < was:
			continue // somebody has set it back
		case !state:
			e.Count, e.More = is, is-was
		case is == 0:
			e.Event = end
		}
		all = append(all, e)
	}
	return all
}
