package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Until are the conditions of which one is waited for.
type Until struct {
	Empty    bool
	OOM      bool // something was killed for want of memory, be it before
	Memory   Size // so much of it is in use; empty is no condition
	Pressure map[string]Share
}

// pressures are the resources that Until.Pressure may name.
var pressures = []string{"memory", "cpu", "io"}

// Share is a part of the time, above 0 and up to 1.
type Share float64

// UnmarshalText takes 10% or 0.1.
func (s *Share) UnmarshalText(text []byte) error {
	word, unit := string(text), 1.0
	if number, is := strings.CutSuffix(word, "%"); is {
		word, unit = number, 100
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil || !(n > 0 && n <= unit) {
		return fmt.Errorf("%q: a share of the time is 10%% or 0.1, and up to 100%%", text)
	}
	*s = Share(n / unit)
	return nil
}

// ErrTimeout is the error of a wait that took too long.
var ErrTimeout = errors.New("timed out")

// memoryLooks is how often the memory in use is looked at on cgroup v2, where
// the kernel tells nobody of a size.
const memoryLooks = 100 * time.Millisecond

// pressureWindow is of how long a time the share is: the shortest that the
// kernel allows everybody (Documentation/accounting/psi.rst).
const pressureWindow = 2 * time.Second

// Await waits until one of the conditions holds, for the given time at most (a
// negative one is for ever), and says which: empty, oom, memory, or pressure.
func (g *Group) Await(u Until, longest time.Duration) (came string, err error) {
	w, err := g.Watch()
	if err != nil {
		return "", err
	}
	defer w.Close()
	if err := w.conditions(u); err != nil {
		return "", fmt.Errorf("%s: %w", g.Name, err)
	}
	for end := time.Now().Add(longest); ; {
		if came, err := g.holds(u); came != "" || err != nil {
			return came, err
		}
		left := time.Duration(-1)
		if longest >= 0 {
			if left = time.Until(end); left <= 0 {
				return "", fmt.Errorf("%s: %w", g.Name, ErrTimeout)
			}
		}
		if _, isV2 := g.folder("memory"); u.Memory != "" && isV2 && (left < 0 || left > memoryLooks) {
			left = memoryLooks
		}
		others, err := w.Sleep(left)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(others, ended) && there(g.Path()) {
			return "", fmt.Errorf("%s: the kernel does not watch the pressure any more", g.Name)
		}
		if len(others) > 0 && !slices.ContainsFunc(others, ended) {
			return "pressure", nil
		}
	}
}

// holds looks which of the conditions that are states is met.
func (g *Group) holds(u Until) (string, error) {
	f := &files{}
	counts := g.counts(f)
	switch {
	case u.Empty && !there(g.Path()):
		return "empty", nil
	case !there(g.Path()):
		return "", fmt.Errorf("%s: was removed", g.Name)
	case u.OOM && counts[eventKill] > 0:
		return "oom", nil
	case u.Memory != "" && g.above(f, string(u.Memory)):
		return "memory", nil
	case u.Empty && counts[eventPopulated] == 0 && len(g.pids(f)) == 0 && f.err == nil:
		return "empty", nil
	}
	if f.err != nil {
		return "", fmt.Errorf("%s: %w", g.Name, f.err)
	}
	return "", nil
}

// above tells whether the group has the memory in use, or more.
func (g *Group) above(f *files, size string) bool {
	folder, isV2 := g.folder("memory")
	file := "memory.current"
	if !isV2 {
		file = "memory.usage_in_bytes"
	}
	used := f.text(folder, file)
	return used != "" && !less(used, size)
}

// conditions asks the kernel to tell of what it knows a threshold for.
func (w *Watch) conditions(u Until) error {
	folder, isV2 := w.group.folder("memory")
	if folder == "" && (u.OOM || u.Memory != "") {
		return w.group.host.errNowhere("memory")
	}
	if u.Memory == unlimited {
		return errors.New("memory: nothing is above max")
	}
	if u.Memory != "" && !isV2 {
		if err := w.legacy(filepath.Join(folder, "memory.usage_in_bytes"), string(u.Memory)); err != nil {
			return err
		}
	}
	for _, resource := range pressures {
		if share := u.Pressure[resource]; share > 0 {
			if err := w.pressure(resource, share); err != nil {
				return err
			}
		}
	}
	return nil
}

// pressure sets a trigger: so much of a window did some process wait for the
// resource.
func (w *Watch) pressure(resource string, share Share) error {
	file := filepath.Join(w.group.Path(), resource+".pressure")
	fd, err := unix.Open(file, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("pressure: the kernel does not measure it: boot it with psi=1: %w", err)
	case err != nil:
		return fmt.Errorf("%s: %w", file, denied(err))
	}
	w.Also(fd, unix.POLLPRI)
	w.owned = append(w.owned, fd)
	trigger := fmt.Sprintf("some %d %d", int(float64(share)*float64(pressureWindow.Microseconds())), pressureWindow.Microseconds())
	if _, err := unix.Write(fd, append([]byte(trigger), 0)); err != nil {
		return fmt.Errorf("write %q to %s: %w", trigger, file, err)
	}
	return nil
}
