package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"mini-container/lib/step"
)

// Limits are those to set, by the name of the v2 file and with the text that
// it takes. An empty text leaves a limit alone.
type Limits map[string]string

// knob is one limit: its file on v2, and how v1 says the same.
type knob struct {
	file       string // on v2; its name in Limits, where * stands for a size
	controller string
	member     string // in JSON

	// parse gives a person's word as the kernel takes it.
	parse func(text string) (string, error)
	// usual is what it is while nobody has set it. Those that have one are shown
	// only where they are something else.
	usual string
	// nested tells that no more can be had than the groups above have.
	nested bool
	// devices tells that the file has a line for each device.
	devices bool

	// write plans the v1 writes that have the same meaning; all limits are
	// given, because on v1 one file may hold two of them. nil is a limit that v1
	// has not.
	write func(folder string, l Limits) (step.List, error)
	// read gives what v1 holds, in the words of v2.
	read func(f *files, folder string) string
	// without judges a value where the kernel has no such file on v2; nil is
	// an error always.
	without func(text string) error
}

// knobs are written in this order: v1 takes no swap limit before a memory
// limit, and no burst is longer than the quota.
var knobs = []knob{
	{file: "memory.max", controller: "memory", member: "memory_max", parse: parseSize, nested: true, write: writeMemory, read: readMemory},
	{file: "memory.swap.max", controller: "memory", member: "memory_swap_max", parse: parseSize, nested: true, write: writeSwap, read: readSwap, without: withoutSwap},
	{file: "pids.max", controller: "pids", member: "pids_max", parse: parseCount, nested: true, write: writePids, read: readPids},
	{file: "cpu.max", controller: "cpu", member: "cpu_max", parse: parseTime, nested: true, write: writeCPU, read: readCPU},
	{file: "cpu.max.burst", controller: "cpu", member: "cpu_max_burst", parse: parseBurst, usual: "0", write: writeBurst, read: readBurst},
	{file: "cpu.weight", controller: "cpu", member: "cpu_weight", parse: parseWeight, usual: "100", write: writeWeight, read: readWeight},
	{file: "memory.min", controller: "memory", member: "memory_min", parse: parseSize, usual: "0", nested: true},
	{file: "memory.low", controller: "memory", member: "memory_low", parse: parseSize, usual: "0", nested: true},
	{file: "memory.high", controller: "memory", member: "memory_high", parse: parseSize, usual: unlimited, nested: true},
	{file: "memory.swap.high", controller: "memory", member: "memory_swap_high", parse: parseSize, usual: unlimited, nested: true, without: withoutSwap},
	{file: "memory.zswap.max", controller: "memory", member: "memory_zswap_max", parse: parseSize, usual: unlimited, nested: true},
	{file: "memory.oom.group", controller: "memory", member: "memory_oom_group", parse: parseSwitch, usual: "0"},
	{file: "cpuset.cpus", controller: "cpuset", member: "cpuset_cpus", parse: parseList, usual: "\n"},
	{file: "cpuset.mems", controller: "cpuset", member: "cpuset_mems", parse: parseList, usual: "\n"},
	{file: "io.max", controller: "io", member: "io_max", parse: parseIOMax, usual: "\n", devices: true},
	{file: "io.weight", controller: "io", member: "io_weight", parse: parseIOWeight, usual: "default 100", devices: true},
	{file: "io.bfq.weight", controller: "io", member: "io_bfq_weight", parse: parseIOWeight, usual: "default 100", devices: true},
	{file: "hugetlb.*.max", controller: "hugetlb", parse: parseSize, usual: unlimited, nested: true},
}

// knobOf is the row of a file. One that is in no row is taken as it is: its
// controller is the word before the first dot (cgroups(7)).
func knobOf(file string) (k knob, known bool) {
	for _, k := range knobs {
		if is, _ := filepath.Match(k.file, file); is {
			k.file = file
			return k, true
		}
	}
	controller, _, _ := strings.Cut(file, ".")
	return knob{file: file, controller: controller}, false
}

// rows are those of the limits that are to be set, in the order of writing:
// what is in no row comes last.
func (l Limits) rows() []knob {
	files := slices.Sorted(maps.Keys(l))
	var rows []knob
	for _, k := range knobs {
		for _, file := range files {
			if is, _ := filepath.Match(k.file, file); is && l[file] != "" {
				k.file = file
				rows = append(rows, k)
			}
		}
	}
	for _, file := range files {
		if k, known := knobOf(file); !known && l[file] != "" {
			rows = append(rows, k)
		}
	}
	return rows
}

// Set plans to write the limits where their controllers live. A limit whose
// controller is nowhere is an error.
func (g *Group) Set(l Limits) (step.List, error) {
	var plan step.List
	for _, k := range l.rows() {
		writes, err := g.writes(k, l)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", g.Name, k.file, err)
		}
		plan = append(plan, writes...)
	}
	return plan, nil
}

func (g *Group) writes(k knob, l Limits) (plan step.List, err error) {
	folder, isV2 := g.folder(k.controller)
	_, known := knobOf(k.file)
	switch {
	case folder == "":
		return nil, g.host.errNowhere(k.controller)
	case k.devices:
		for line := range strings.Lines(l[k.file]) {
			plan = append(plan, newDeviceWrite(folder, k.file, strings.TrimSpace(line)))
		}
		return plan, nil
	case isV2 || !known:
		w := newWrite(folder, k.file, l[k.file])
		w.without = k.without
		return step.List{w}, nil
	case k.write == nil:
		return nil, fmt.Errorf("cgroup v1, where controller %s is on this host, has no such limit", k.controller)
	}
	return k.write(folder, l)
}

// get reads one limit back, in the words of v2; "" when it is not there.
func (g *Group) get(f *files, k knob) string {
	folder, isV2 := g.folder(k.controller)
	if folder == "" {
		return ""
	}
	return k.at(f, folder, isV2)
}

func (k knob) at(f *files, folder string, isV2 bool) string {
	switch {
	case k.read != nil && !isV2:
		return k.read(f, folder)
	case isV2 || k.parse == nil:
		return f.text(folder, k.file)
	}
	return "" // v1 has nothing like it
}

// Differences says, a line each, where the kernel took something else than
// was asked for (it rounds sizes to pages), and where a group above is tighter.
// Of what cannot be read nothing is said: the limits are set.
func (g *Group) Differences(l Limits) []string {
	var lines []string
	for _, k := range l.rows() {
		f := &files{}
		is, asked := g.get(f, k), l[k.file]
		if f.err != nil {
			continue
		}
		if k.devices {
			is = answer(is, asked)
		}
		if is != "" && is != strings.TrimSpace(asked) {
			lines = append(lines, fmt.Sprintf("%s: %s: the kernel made %s of %s", g.Name, k.file, is, asked))
		}
		if above, limit := g.tighter(f, k, is); above != "" {
			lines = append(lines, fmt.Sprintf("%s: %s: %s above it is tighter: %s", g.Name, k.file, above, limit))
		}
	}
	return lines
}

// tighter is the least limit of the groups above, if it is below this one; of
// two that are alike the nearer one.
func (g *Group) tighter(f *files, k knob, limit string) (above, its string) {
	root, isV2 := g.host.on(k.controller)
	if !k.nested || root == "" {
		return "", ""
	}
	for i, folder := range g.upwards(root) {
		if is := k.at(f, folder, isV2); i > 0 && less(is, limit) {
			above, limit = folder, is
		}
	}
	return above, limit
}

// less compares two limits of one kind: numbers, shares, or max.
func less(a, b string) bool {
	x, okA := amount(a)
	y, okB := amount(b)
	return okA && (!okB || x < y)
}

// amount is the size of a limit; false when there is none.
func amount(limit string) (float64, bool) {
	var quota, period float64
	switch n, _ := fmt.Sscan(limit, &quota, &period); n {
	case 1:
		return quota, true
	case 2:
		return quota / period, true
	}
	return 0, false
}

// write is a limit's write, with an undo to what was there before.
type write struct {
	step.WriteFile
	before  string
	without func(text string) error
}

func newWrite(folder, file, text string) *write {
	return &write{WriteFile: step.WriteFile{Path: filepath.Join(folder, file), Text: text}}
}

func (s *write) Do() error {
	var f files
	if s.before = f.text(filepath.Dir(s.Path), filepath.Base(s.Path)); f.err != nil {
		return whyUnread(s.Path, f.err)
	}
	err := s.WriteFile.Do()
	if errors.Is(err, fs.ErrNotExist) && s.without != nil && s.before == "" {
		return s.without(s.Text)
	}
	return whyWrite(s.Path, s.Text, err)
}

func (s *write) Why() string { return "The limits are for all its processes together (man 7 cgroups)." }

func (s *write) Undo() error {
	if s.before == "" && !there(s.Path) {
		return nil
	}
	// An empty write(2) reaches no file of a cgroup: a line that is empty does.
	return step.WriteFile{Path: s.Path, Text: cmp.Or(s.before, "\n")}.Do()
}

func (s *write) Say() string {
	return step.WriteFile{Path: s.Path, Text: strings.TrimSuffix(s.Text, "\n")}.Say()
}
