package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// made gives a group that is there, and goes with the test.
func made(t *testing.T, limits Limits) *Group {
	t.Helper()
	g := group(t, "host-1")
	plan, err := g.Set(limits)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Create(plan, owner.Owner{}).Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := append(g.End(), g.Remove()...).Run(step.Silent); err != nil {
			t.Error(err)
		}
	})
	return g
}

// moved makes a new process a member.
func moved(t *testing.T, g *Group) int {
	t.Helper()
	pid := sleeper(t, nil)
	if err := g.Move(pid).Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	return pid
}

// descriptors counts those that this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestWatch: it sleeps while nothing happens, wakes when a process joins, and
// lets go of all its descriptors.
func TestWatch(t *testing.T) {
	g := made(t, nil)
	before := descriptors(t)
	w, err := g.Watch()
	if err != nil {
		t.Fatal(err)
	}
	if was := g.counts(&files{}); was[eventPopulated] != 0 {
		t.Errorf("at first: %v", was)
	}
	moved(t, g)
	for end := time.Now().Add(20 * time.Second); g.counts(&files{})[eventPopulated] != 1; {
		if _, err := w.Sleep(time.Until(end)); err != nil || time.Now().After(end) {
			t.Fatalf("nothing was told: %v", err)
		}
	}
	w.Close()
	// The sleeper has two of its own: its end is waited for.
	if is := descriptors(t); is > before+2 {
		t.Errorf("%d descriptors, and %d before", is, before)
	}
}

// TestWatchNobody: a group that is not there is said to be missing, and nothing
// is left open.
func TestWatchNobody(t *testing.T) {
	g := group(t, "nobody")
	before := descriptors(t)
	if _, err := g.Watch(); err == nil || !strings.Contains(err.Error(), "no such group") {
		t.Errorf("%v", err)
	}
	if _, err := g.Await(Until{Empty: true}, 0); err == nil || !strings.Contains(err.Error(), "no such group") {
		t.Errorf("%v", err)
	}
	if is := descriptors(t); is != before {
		t.Errorf("%d descriptors, and %d before", is, before)
	}
}

// TestAlso: the others wake too, each by what it was asked for, or by its end.
func TestAlso(t *testing.T) {
	g := made(t, nil)
	w, err := g.Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[1])
	w.Also(pipe[1], 0)
	if others, err := w.Sleep(0); err != nil || len(others) > 0 {
		t.Errorf("with a reader: %v, %v", others, err)
	}
	unix.Close(pipe[0])
	others, err := w.Sleep(20 * time.Second)
	if err != nil || len(others) != 1 || !ended(others[0]) {
		t.Errorf("without a reader: %v, %v", others, err)
	}
}

// TestNext: after the eventfd of cgroup v1 has told, there are looks farther and
// farther apart, and then as before.
func TestNext(t *testing.T) {
	for name, c := range map[string]struct {
		host Host
		rest time.Duration
	}{
		"v2": {Host{unified: "/x", v2: []string{"pids"}}, 0},
		"v1": {Host{unified: "/x", v1: map[string]string{"pids": "/y"}}, legacyLooks},
	} {
		w := &Watch{group: &Group{Name: "a", Parent: "b", host: &c.host}}
		w.next(true)
		looks := 0
		for last := time.Duration(0); w.soon > last && w.soon < legacyLooks; w.next(false) {
			last = w.soon
			looks++
		}
		w.next(false)
		if looks != 10 || w.soon != c.rest {
			t.Errorf("%s: %d looks, then after %v", name, looks, w.soon)
		}
	}
}

// TestMilliseconds: nobody wakes before the time.
func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]int{
		-1: -1, 0: 0, 1: 1, time.Microsecond: 1, time.Millisecond: 1, 1500 * time.Microsecond: 2, time.Second: 1000,
	} {
		if got := milliseconds(d); got != want {
			t.Errorf("%v: %d, want %d", d, got, want)
		}
	}
}

// TestSince: what has changed is told, in one order; what was set back is not.
func TestSince(t *testing.T) {
	g := &Group{Name: "a"}
	for _, c := range []struct {
		before, now map[string]uint64
		want        []string
	}{
		{nil, nil, nil},
		{map[string]uint64{eventPopulated: 0}, map[string]uint64{eventPopulated: 1}, []string{"populated"}},
		{map[string]uint64{eventPopulated: 1}, map[string]uint64{eventPopulated: 0}, []string{"empty"}},
		{map[string]uint64{eventFrozen: 1}, map[string]uint64{eventFrozen: 0}, []string{"thawed"}},
		{map[string]uint64{eventKill: 1}, map[string]uint64{eventKill: 3}, []string{"memory.oom_kill 3 (+2)"}},
		{map[string]uint64{eventKill: 3}, map[string]uint64{eventKill: 0}, nil},
		{
			map[string]uint64{eventPopulated: 1},
			map[string]uint64{eventRefused: 2, "memory.max": 7, eventPopulated: 0},
			[]string{"empty", "memory.max 7 (+7)", "pids.max 2 (+2)"},
		},
	} {
		var got []string
		for _, e := range g.since(c.before, c.now) {
			_, text, _ := strings.Cut(strings.TrimSpace(e.Text()), " a ")
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %q, want %q", c.before, c.now, got, c.want)
		}
	}
}

// TestEvents: the first line says that it is watched; an error of the reader's
// ends it, and so does the end of the reader.
func TestEvents(t *testing.T) {
	g := made(t, nil)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var told []string
	err = g.Events(int(null.Fd()), func(e Event) error {
		told = append(told, e.Event)
		switch len(told) {
		case 1:
			moved(t, g)
			return nil
		case 2:
			return g.Freeze().Run(step.Silent)
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) || !slices.Equal(told, []string{"empty", "populated", "frozen"}) {
		t.Errorf("%q: %v", told, err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	err = g.Events(int(writer.Fd()), func(Event) error { return reader.Close() })
	if err != nil {
		t.Errorf("without a reader: %v", err)
	}
}

// TestAwait waits for what is there already, for what never comes, and for what
// cannot be any more.
func TestAwait(t *testing.T) {
	g := made(t, Limits{"memory.max": "67108864"})
	if came, err := g.Await(Until{Empty: true}, -1); came != "empty" || err != nil {
		t.Errorf("%q, %v", came, err)
	}
	if came, err := g.Await(Until{OOM: true}, 10*time.Millisecond); came != "" || !errors.Is(err, ErrTimeout) {
		t.Errorf("%q, %v", came, err)
	}
	if came, err := g.Await(Until{Memory: "0"}, -1); came != "memory" || err != nil {
		t.Errorf("%q, %v", came, err)
	}
	if _, err := g.Await(Until{Memory: unlimited}, -1); err == nil {
		t.Error("memory above max is waited for")
	}
	pid := moved(t, g)
	done := make(chan string)
	go func() {
		came, err := g.Await(Until{Empty: true, OOM: true}, 30*time.Second)
		if err != nil {
			came = err.Error()
		}
		done <- came
	}()
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if came := <-done; came != "empty" {
		t.Errorf("%q", came)
	}
}

// TestAwaitRemoved: what can never come once the group is gone is an error.
func TestAwaitRemoved(t *testing.T) {
	g := made(t, nil)
	done := make(chan error)
	go func() {
		_, err := g.Await(Until{OOM: true}, 30*time.Second)
		done <- err
	}()
	// Whether it waits already or has not begun, it finds no group.
	if err := g.Remove().Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
}

// TestAwaitNowhere: no controller, no condition.
func TestAwaitNowhere(t *testing.T) {
	w := &Watch{group: &Group{Name: "a", host: &Host{unified: "/nowhere"}}, memory: -1}
	for _, u := range []Until{{OOM: true}, {Memory: "5"}} {
		if err := w.conditions(u); err == nil || !strings.Contains(err.Error(), "controller memory") {
			t.Errorf("%+v: %v", u, err)
		}
	}
	err := w.conditions(Until{Pressure: map[string]Share{"memory": 0.5}})
	if !errors.Is(err, unix.ENOENT) {
		t.Errorf("%v", err)
	}
}

// TestShare reads what people write.
func TestShare(t *testing.T) {
	for text, want := range map[string]Share{"10%": 0.1, "0.1": 0.1, "100%": 1, "1": 1, "0.5%": 0.005} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "0", "0%", "-1%", "101%", "1.1", "10", "x", "%", "NaN", "inf"} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, s)
		}
	}
}

// TestFreeze: frozen, and its undo, and once more.
func TestFreeze(t *testing.T) {
	g := made(t, nil)
	moved(t, g)
	frozen := func() uint64 { return g.counts(&files{})[eventFrozen] }
	for range 2 {
		if err := g.Freeze().Run(step.Silent); err != nil || frozen() != 1 {
			t.Fatalf("%v, frozen: %d", err, frozen())
		}
	}
	if err := append(g.Thaw(), failing{}).Run(step.Silent); !errors.Is(err, errOnPurpose) {
		t.Fatal(err)
	}
	if err := g.await("frozen 1"); err != nil {
		t.Errorf("the thaw is not undone: %v", err)
	}
	if err := g.Thaw().Run(step.Silent); err != nil || frozen() != 0 {
		t.Errorf("%v, frozen: %d", err, frozen())
	}
	if err := g.Freeze()[0].Undo(); err != nil || frozen() != 0 {
		t.Errorf("%v, frozen: %d", err, frozen())
	}
}

// TestFreezeMissing: a kernel without the file is told from a group that is not
// there.
func TestFreezeMissing(t *testing.T) {
	root := t.TempDir()
	g := &Group{Name: "a", Parent: "b", host: &Host{unified: root}}
	if err := g.Freeze().Run(step.Silent); err == nil || strings.Contains(err.Error(), "Linux before 5.2") {
		t.Errorf("without a group: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "b/a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := g.Freeze().Run(step.Silent); err == nil || !strings.Contains(err.Error(), "Linux before 5.2") {
		t.Errorf("without the file: %v", err)
	}
}

// TestMoveBack: a list that fails takes the process back to where it was, in
// every hierarchy.
func TestMoveBack(t *testing.T) {
	g := made(t, nil)
	pid := sleeper(t, nil)
	was := groupsOf(t, itoa(pid))
	plan := append(g.Move(pid), failing{})
	if err := plan.Run(step.Silent); !errors.Is(err, errOnPurpose) {
		t.Fatal(err)
	}
	if is := groupsOf(t, itoa(pid)); is != was {
		t.Errorf("it is in\n%sand was in\n%s", is, was)
	}
	if err := g.Move(pid).Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	if is := groupsOf(t, itoa(pid)); strings.Count(is, "/host-1\n") != len(g.host.roots()) && len(g.host.v1) < 3 {
		t.Errorf("it is in\n%s", is)
	}
}

// TestMoveNobody: a number that nobody has, and one of the kernel's own.
func TestMoveNobody(t *testing.T) {
	g := made(t, nil)
	for pid, want := range map[int]error{1 << 22: unix.ESRCH, 2: unix.EINVAL} {
		if err := g.Move(pid).Run(step.Silent); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", pid, err, want)
		}
	}
	if pids := g.pids(&files{}); len(pids) > 0 {
		t.Errorf("members: %v", pids)
	}
}

// TestChildless names those below.
func TestChildless(t *testing.T) {
	g := made(t, nil)
	if err := g.Childless(); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(g.Path(), "inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := g.Childless(); err == nil || !strings.Contains(err.Error(), "(inner)") {
		t.Errorf("%v", err)
	}
}

// TestStopAll: everybody stands when it returns, also who is born meanwhile.
func TestStopAll(t *testing.T) {
	g := made(t, nil)
	var pids []int
	for range 20 {
		pids = append(pids, moved(t, g))
	}
	s := &kill{group: g, signal: unix.SIGKILL}
	if err := s.stopAll(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		stat := read("/proc/"+itoa(pid), "stat")
		for end := time.Now().Add(20 * time.Second); !strings.Contains(stat, ") T "); stat = read("/proc/"+itoa(pid), "stat") {
			if time.Now().After(end) {
				t.Fatalf("%d: %s", pid, stat)
			}
			time.Sleep(time.Millisecond)
		}
	}
}
