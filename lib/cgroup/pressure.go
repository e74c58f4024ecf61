package cgroup

import (
	"strconv"
	"strings"
)

// Pressure is how long a group's processes have waited for one resource
// (Documentation/accounting/psi.rst).
type Pressure struct {
	Some Waits `json:"some"` // at least one of them waited
	Full Waits `json:"full"` // all waited that had something to do
}

// Waits are the parts of the last 10, 60 and 300 seconds, in percent, and the
// time of all in microseconds.
type Waits struct {
	Avg10  float64 `json:"avg10"`
	Avg60  float64 `json:"avg60"`
	Avg300 float64 `json:"avg300"`
	Total  uint64  `json:"total_usec"`
}

// pressure reads what the group's processes wait for; a resource of which this
// kernel does not say it is missing. All of it is in the v2 tree: there the
// kernel measures by process, whatever controllers sit where.
func (g *Group) pressure(f *files) map[string]*Pressure {
	all := map[string]*Pressure{}
	for _, resource := range pressures {
		if p := parsePressure(f.text(g.Path(), resource+".pressure")); p != nil {
			all[resource] = p
		}
	}
	return all
}

// parsePressure reads lines as "some avg10=0.00 avg60=0.00 avg300=0.00 total=0".
func parsePressure(text string) *Pressure {
	var p *Pressure
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 5 {
			continue
		}
		var w Waits
		for _, word := range words[1:] {
			w.take(word)
		}
		if p == nil {
			p = &Pressure{}
		}
		switch words[0] {
		case "some":
			p.Some = w
		case "full":
			p.Full = w
		}
	}
	return p
}

func (w *Waits) take(word string) {
	key, value, _ := strings.Cut(word, "=")
	if key == "total" {
		w.Total = number(Amount(value))
		return
	}
	share, _ := strconv.ParseFloat(value, 64) // what is no number is none
	switch key {
	case "avg10":
		w.Avg10 = share
	case "avg60":
		w.Avg60 = share
	case "avg300":
		w.Avg300 = share
	}
}

// IO is what a group has read from and written to disks, in bytes.
type IO struct {
	Read    uint64 `json:"read_bytes"`
	Written uint64 `json:"written_bytes"`
	Living  bool   `json:"living_only"` // counted by its living processes and the children that they have waited for
}

// diskUse asks the controller, and where the group has none, or it sits on
// cgroup v1, the processes themselves (proc_pid_io(5)).
func (g *Group) diskUse(f *files, pids []int) *IO {
	if folder := g.Path(); f.has(folder, "io.stat") {
		return parseIO(f.text(folder, "io.stat"))
	}
	sum := &IO{Living: true}
	for _, pid := range pids {
		folder := "/proc/" + strconv.Itoa(pid)
		// Of somebody else's process not everybody may read it.
		read, written := new(files).field(folder, "io", "read_bytes:"), new(files).field(folder, "io", "write_bytes:")
		sum.Read += number(read)
		sum.Written += number(written)
	}
	return sum
}

// parseIO adds the devices up, a line each: "8:0 rbytes=1 wbytes=2 rios=3 …".
func parseIO(text string) *IO {
	sum := &IO{}
	for word := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "rbytes":
			sum.Read += number(Amount(value))
		case "wbytes":
			sum.Written += number(Amount(value))
		}
	}
	return sum
}
