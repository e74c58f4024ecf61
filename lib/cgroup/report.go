package cgroup

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"time"

	"mini-container/lib/chain"
	"mini-container/lib/raw"
	"mini-container/lib/status"
	"mini-container/lib/supervise"
)

// Start starts the program as a child of this process, which stays outside of
// the group to report. The child ends with this process: the calling goroutine
// stays on its thread from now on.
func Start(p *chain.Program) (*supervise.Child, error) {
	runtime.LockOSThread()
	kind := supervise.Kind{Tool: "mc-cgroup"}
	if !p.Ours {
		pid, err := p.Spawn(raw.Nowhere)
		if err != nil {
			return nil, err
		}
		return supervise.NewChild(pid, p.Status, kind), nil
	}
	p.Late = true // it may be a supervisor too, which nobody who ends the group means
	pid, err := p.Fork(&syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL})
	if err != nil {
		return nil, p.Why(err)
	}
	return supervise.NewChild(pid, p.Status, kind), nil
}

// Report is what a run has taken, of all processes of its group. Times are in
// microseconds, sizes in bytes; a figure that this kernel does not give is null.
type Report struct {
	Wall        Amount `json:"wall_usec"`
	CPU         Amount `json:"cpu_usage_usec"`
	User        Amount `json:"cpu_user_usec"`
	System      Amount `json:"cpu_system_usec"`
	MemoryPeak  Amount `json:"memory_peak"` // of the group, since it was made
	OOMKills    Amount `json:"oom_kills"`
	ForkRefused Amount `json:"forks_refused"`
	Throttled   Amount `json:"cpu_throttled_usec"`
}

// Meter measures a run from its beginning.
type Meter struct {
	group  *Group
	began  time.Time
	before Report
	status int
}

// Meter begins to measure. The program's status descriptor, where the report
// goes too, is kept: the program takes its own along.
func (g *Group) Meter(p *chain.Program) (*Meter, error) {
	m := &Meter{group: g, began: time.Now(), status: status.Keep(p.Status)}
	var err error
	m.before, err = g.taken()
	return m, err
}

// taken is what the group has taken so far.
func (g *Group) taken() (Report, error) {
	s, err := g.Show()
	if err != nil {
		return Report{}, err
	}
	return Report{
		CPU: s.CPU, User: s.User, System: s.System,
		MemoryPeak: s.MemoryPeak, OOMKills: s.OOMKills, ForkRefused: s.ForkRefused, Throttled: s.Throttled,
	}, nil
}

// Report says what was taken since, also on the status descriptor.
func (m *Meter) Report() (Report, error) {
	wall := time.Since(m.began)
	r, err := m.group.taken()
	if err != nil {
		return r, err
	}
	r.Wall = Amount(decimal(uint64(wall.Microseconds())))
	for _, figure := range []struct {
		is  *Amount
		was Amount
	}{
		{&r.CPU, m.before.CPU}, {&r.User, m.before.User}, {&r.System, m.before.System},
		{&r.OOMKills, m.before.OOMKills}, {&r.ForkRefused, m.before.ForkRefused}, {&r.Throttled, m.before.Throttled},
	} {
		if *figure.is != "" {
			was := min(number(figure.was), number(*figure.is))
			*figure.is = Amount(decimal(number(*figure.is) - was))
		}
	}
	status.Write(m.status, status.Line{Link: "mc-cgroup", Step: "report", Name: string(m.group.Name), Report: r})
	return r, nil
}

// Text is the report as one line.
func (r Report) Text(g *Group) string {
	words := []string{
		seconds(r.Wall) + " s",
		fmt.Sprintf("CPU %s s (user %s, system %s)", seconds(r.CPU), seconds(r.User), seconds(r.System)),
		fmt.Sprintf("memory at most %s of %s", bytesOf(r.MemoryPeak), bytesOf(g.limit(&files{}, "memory.max"))),
		orDash(string(r.OOMKills)) + " killed for want of it",
		orDash(string(r.ForkRefused)) + " forks refused",
		"throttled " + seconds(r.Throttled) + " s",
	}
	return string(g.Name) + ": " + strings.Join(words, ", ")
}

// seconds is a time in microseconds, as time(1) has it.
func seconds(a Amount) string {
	if a == "" {
		return orDash("")
	}
	return fmt.Sprintf("%.2f", float64(number(a))/1e6)
}
