package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"mini-container/lib/step"
)

// Limits are those to set, by the name of the v2 file and with the text that
// it takes. An empty text leaves a limit alone.
type Limits map[string]string

// knob is one limit: its file on v2, and how v1 says the same.
type knob struct {
	file       string // on v2; its name in Limits
	controller string
	member     string // in JSON

	// write plans the v1 writes that have the same meaning; all limits are
	// given, because on v1 one file may hold two of them.
	write func(folder string, l Limits) (step.List, error)
	// read gives what v1 holds, in the words of v2.
	read func(f *files, folder string) string
	// without judges a value where the kernel has no such file on v2; nil is
	// an error always.
	without func(text string) error
}

// knobs are written in this order: v1 takes no swap limit before a memory
// limit.
var knobs = []knob{
	{file: "memory.max", controller: "memory", member: "memory_max", write: writeMemory, read: readMemory},
	{file: "memory.swap.max", controller: "memory", member: "memory_swap_max", write: writeSwap, read: readSwap, without: withoutSwap},
	{file: "pids.max", controller: "pids", member: "pids_max", write: writePids, read: readPids},
	{file: "cpu.max", controller: "cpu", member: "cpu_max", write: writeCPU, read: readCPU},
}

// Set plans to write the limits where their controllers live. A limit whose
// controller is nowhere is an error.
func (g *Group) Set(l Limits) (step.List, error) {
	var plan step.List
	for _, k := range knobs {
		if l[k.file] == "" {
			continue
		}
		folder, isV2 := g.folder(k.controller)
		if folder == "" {
			return nil, fmt.Errorf("%s: %s: %w", g.Name, k.file, g.host.errNowhere(k.controller))
		}
		if isV2 {
			w := newWrite(folder, k.file, l[k.file])
			w.without = k.without
			plan = append(plan, w)
			continue
		}
		writes, err := k.write(folder, l)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", g.Name, k.file, err)
		}
		plan = append(plan, writes...)
	}
	return plan, nil
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
	if isV2 {
		return f.text(folder, k.file)
	}
	return k.read(f, folder)
}

// Differences says, a line each, where the kernel took something else than
// was asked for (it rounds sizes to pages), and where a group above is tighter.
// Of what cannot be read nothing is said: the limits are set.
func (g *Group) Differences(l Limits) []string {
	var lines []string
	for _, k := range knobs {
		if l[k.file] == "" {
			continue
		}
		f := &files{}
		is := g.get(f, k)
		if f.err != nil {
			continue
		}
		if is != "" && is != l[k.file] {
			lines = append(lines, fmt.Sprintf("%s: %s: the kernel made %s of %s", g.Name, k.file, is, l[k.file]))
		}
		if above, limit := g.tighter(k, is); above != "" {
			lines = append(lines, fmt.Sprintf("%s: %s: %s above it is tighter: %s", g.Name, k.file, above, limit))
		}
	}
	return lines
}

// tighter finds the nearest group above whose limit is below this one.
func (g *Group) tighter(k knob, limit string) (above, its string) {
	root, isV2 := g.host.on(k.controller)
	for path := filepath.Dir(g.in(root)); path != root && strings.HasPrefix(path, root); path = filepath.Dir(path) {
		f := &files{}
		if is := k.at(f, path, isV2); f.err == nil && less(is, limit) {
			return path, is
		}
	}
	return "", ""
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
		return f.err
	}
	err := s.WriteFile.Do()
	if errors.Is(err, fs.ErrNotExist) && s.without != nil && s.before == "" {
		return s.without(s.Text)
	}
	return whyWrite(s.Path, s.Text, err)
}

func (s *write) Undo() error {
	if s.before == "" {
		return nil
	}
	return step.WriteFile{Path: s.Path, Text: s.before}.Do()
}
