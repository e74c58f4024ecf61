package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/name"
	"mini-container/lib/screen"
)

// topOf gives three groups, of which each is the first in something.
func topOf(t *testing.T, by string) *topped {
	t.Helper()
	top := &topped{by: by, every: time.Second, at: time.Unix(1, 0)}
	for group, figures := range map[string][]float64{
		// memory, cpu, io, pressure
		"large": {3 << 20, 0.1, 0, 0.01},
		"busy":  {1 << 20, 0.9, 4096, math.NaN()},
		"slow":  {2 << 20, 0.2, 1 << 20, 0.5},
	} {
		s := *fake(t)
		s.Group = group
		s.Memory, s.MemoryMax = cgroup.Amount(fmt.Sprintf("%.0f", figures[0])), "4194304"
		s.CPU, s.Read, s.Written = &figures[1], &figures[2], new(float64)
		if !math.IsNaN(figures[3]) {
			s.Pressure = map[string]*float64{"io": &figures[3], "cpu": new(float64)}
		}
		w := &watched{}
		w.take(&s)
		top.shown = append(top.shown, w)
	}
	slices.SortFunc(top.shown, top.compare)
	return top
}

// TestTopOrder: most comes first, and what is not known last.
func TestTopOrder(t *testing.T) {
	for by, want := range map[string]string{
		"memory": "large slow busy", "cpu": "busy slow large", "io": "slow busy large", "pressure": "slow large busy",
	} {
		var order []string
		for _, w := range topOf(t, by).shown {
			order = append(order, w.now.Group)
		}
		if got := strings.Join(order, " "); got != want {
			t.Errorf("by %s: %s, not %s", by, got, want)
		}
	}
	same := topOf(t, "memory")
	same.shown[0].memory, same.shown[1].memory = series{7}, series{7}
	if same.compare(same.shown[0], same.shown[1]) >= 0 {
		t.Error("of two that are alike the first name is not the first")
	}
}

// TestTopPicture: columns stand below their heading, in a wide window with the
// past, and a long name pushes none away.
func TestTopPicture(t *testing.T) {
	top := topOf(t, "io")
	lines := top.picture(screen.Page{Columns: 90, Unicode: true})
	want := []string{
		"3 groups by io  " + top.at.Format("15:04:05") + ", every 1s",
		"",
		"GROUP             MEMORY        MAX     CPU         IO  PRESSURE       PIDS  ",
		"slow                2MiB       4MiB     20%     1MiB/s  50% io            -              ▄",
		"busy                1MiB       4MiB     90%     4KiB/s  -                 -              ▂",
		"large               3MiB       4MiB     10%       0B/s  1% io             -              ▆",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nnot\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	top.shown[0].now.Group = strings.Repeat("n", 63)
	lines = top.picture(screen.Page{Columns: 80, Colour: true})
	if !strings.HasPrefix(lines[3], "\x1b[31m"+strings.Repeat("n", mostName)+"  ") || strings.Index(lines[2], "MEMORY") < mostName {
		t.Errorf("%q", lines)
	}
}

// TestTopLines: a line for each group, or one object for all of them.
func TestTopLines(t *testing.T) {
	top := topOf(t, "cpu")
	err := top.write(func(text string, object any) error {
		if strings.Count(text, "\n") != 3 || !strings.Contains(text, " busy empty memory 1MiB max 4MiB ") {
			t.Errorf("%s", text)
		}
		out, err := json.Marshal(object)
		if !strings.HasPrefix(string(out), `{"time":1,"groups":[{"time":1,"group":"busy",`) {
			t.Errorf("%s", out)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	_ = (&topped{}).write(func(text string, object any) error {
		if out, err := json.Marshal(object); text != "" || err != nil || !strings.HasSuffix(string(out), `"groups":[]}`) {
			t.Errorf("of none: %q, %s, %v", text, out, err)
		}
		return nil
	})
}

// TestTopMeet: who is gone is forgotten with his past, who is there keeps it,
// one that goes between the list and the look is none, and what cannot be asked
// is an error.
func TestTopMeet(t *testing.T) {
	broken := errors.New("broken")
	listed, opened := error(nil), error(nil)
	kept := &watched{}
	top := &topped{
		groups: map[name.Path]*watched{"kept": kept, "gone": {}},
		names:  func() ([]name.Path, error) { return []name.Path{"kept"}, listed },
		open:   func(name.Path) (*cgroup.Group, error) { return nil, opened },
	}
	if err := top.meet(); err != nil || len(top.groups) != 1 || top.groups["kept"] != kept {
		t.Errorf("%v, %v", top.groups, err)
	}
	listed = broken
	if err := top.meet(); !errors.Is(err, broken) {
		t.Errorf("who cannot list them: %v", err)
	}
	listed, opened = nil, broken
	delete(top.groups, "kept")
	if err := top.meet(); !errors.Is(err, broken) {
		t.Errorf("who cannot open one: %v", err)
	}
	top.open = func(n name.Path) (*cgroup.Group, error) { return cgroup.Open(n, "mini-container-test-none") }
	if err := top.meet(); err != nil || len(top.groups) != 0 {
		t.Errorf("one that is not there: %v, %v", top.groups, err)
	}
}
