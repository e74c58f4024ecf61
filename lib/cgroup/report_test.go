package cgroup

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/chain"
	"mini-container/lib/step"
	"mini-container/lib/supervise"
)

// ran runs a command in the group, as the verbs do.
func ran(t *testing.T, g *Group, args ...string) (int, error) {
	t.Helper()
	plan, promises := g.Join()
	if err := plan.Run(step.Silent); err != nil {
		t.Fatal(err)
	}
	link := chain.Link{Tool: "mc-cgroup", Environ: os.Environ(), Trace: func(string) {}}
	program, err := link.Prepare(args, *promises...)
	if err != nil {
		t.Fatal(err)
	}
	supervisor, err := supervise.New(false)
	if err != nil {
		t.Fatal(err)
	}
	child, err := Start(program)
	if err != nil {
		return 0, err
	}
	return supervisor.Wait(child)
}

// TestStart: the command is in the group, and this process is not; its status
// comes back.
func TestStart(t *testing.T) {
	g := made(t, Limits{"pids.max": "1"})
	was := groupsOf(t, "self")
	status, err := ran(t, g, "sh", "-c", "grep -q /host-1$ /proc/self/cgroup; exit 7")
	if err != nil || status != 2 { // with a limit of one the shell cannot fork
		t.Errorf("%d, %v", status, err)
	}
	status, err = ran(t, g, "grep", "-q", "/host-1$", "/proc/self/cgroup")
	if err != nil || status != 0 {
		t.Errorf("%d, %v", status, err)
	}
	if is := groupsOf(t, "self"); is != was {
		t.Errorf("this process went from\n%sto\n%s", was, is)
	}
	if pids := g.pids(&files{}); len(pids) > 0 {
		t.Errorf("left in it: %v", pids)
	}
}

// TestStartRefused: who cannot be started is an error, and no child is left.
func TestStartRefused(t *testing.T) {
	g := made(t, nil)
	path := t.TempDir() + "/program"
	if err := os.WriteFile(path, []byte("nonsense\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := ran(t, g, path); err == nil || !strings.Contains(err.Error(), "exec format error") {
		t.Errorf("%v", err)
	}
	if pids := g.pids(&files{}); len(pids) > 0 {
		t.Errorf("left in it: %v", pids)
	}
}

// TestMeter: what was before is not counted, what this kernel does not say is
// null, and the same comes on the status descriptor.
func TestMeter(t *testing.T) {
	g := made(t, Limits{"memory.max": "67108864", "memory.swap.max": "0"})
	if _, err := ran(t, g, "dd", "if=/dev/zero", "of=/dev/null", "bs=128M", "count=1"); err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	m, err := g.Meter(&chain.Program{Status: int(writer.Fd())})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(m.status) }()
	writer.Close() // the program's own went along
	r, err := m.Report()
	if err != nil {
		t.Fatal(err)
	}
	if r.OOMKills != "0" || r.CPU != "0" || number(r.MemoryPeak) < 60<<20 || r.ForkRefused != "0" {
		t.Errorf("%+v", r)
	}
	var l struct {
		Link, Step, Name string
		Report           map[string]any
	}
	if err := json.NewDecoder(reader).Decode(&l); err != nil {
		t.Fatal(err)
	}
	if l.Link != "mc-cgroup" || l.Step != "report" || l.Name != "host-1" || l.Report["oom_kills"] != 0.0 || len(l.Report) != 8 {
		t.Errorf("%+v", l)
	}
	m.before.OOMKills = "0"
	if r, err = m.Report(); err != nil || r.OOMKills != "1" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestReportText: all figures have their unit; one that is missing is a dash.
func TestReportText(t *testing.T) {
	g := &Group{Name: "a", host: &Host{unified: "/nowhere"}}
	for want, r := range map[string]Report{
		"a: 1.50 s, CPU 0.25 s (user 0.20, system 0.05), memory at most 10 MiB of -, 2 killed for want of it, 3 forks refused, throttled 0.00 s": {
			Wall: "1500000", CPU: "250000", User: "200000", System: "50000",
			MemoryPeak: "10485760", OOMKills: "2", ForkRefused: "3", Throttled: "0",
		},
		"a: 0.00 s, CPU - s (user -, system -), memory at most - of -, - killed for want of it, - forks refused, throttled - s": {Wall: "1"},
	} {
		if got := r.Text(g); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestBytesOf reads as people do.
func TestBytesOf(t *testing.T) {
	for a, want := range map[Amount]string{
		"": "-", "0": "0", "max": "max", "512": "512 B", "1024": "1 KiB", "10485760": "10 MiB", "10200547": "9.728 MiB", "1099511627776": "1 TiB",
	} {
		if got := bytesOf(a); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
}
