package seccomp

import (
	"maps"
	"slices"

	"golang.org/x/net/bpf"
)

// from is a range of numbers with one answer, up to the next one's first.
type from struct {
	first uint32
	do    bpf.RetConstant
}

// ranges are all numbers from 0 up: what a profile allows lies close together.
func ranges(plain map[uint32]bpf.RetConstant, otherwise bpf.RetConstant) []from {
	all := []from{{0, otherwise}}
	add := func(first uint32, do bpf.RetConstant) {
		last := &all[len(all)-1]
		switch {
		case last.first == first:
			last.do = do
		case last.do != do:
			all = append(all, from{first, do})
		}
	}
	for _, number := range slices.Sorted(maps.Keys(plain)) {
		add(number, plain[number])
		add(number+1, otherwise)
	}
	return slices.CompactFunc(all, func(a, b from) bool { return a.do == b.do })
}

// bisect finds the range in a few steps. The kernel runs a filter once for each
// number when it is set, to remember which it need not ask about: one that
// compares with number after number took it longer than all the rest.
func bisect(all []from) []bpf.Instruction {
	if len(all) == 1 {
		return []bpf.Instruction{all[0].do}
	}
	middle := len(all) / 2
	below, above := bisect(all[:middle]), bisect(all[middle:])
	step := []bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: all[middle].first, SkipTrue: uint8(len(below))}}
	if len(below) > 255 {
		step = []bpf.Instruction{
			bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: all[middle].first, SkipFalse: 1},
			bpf.Jump{Skip: uint32(len(below))},
		}
	}
	return append(append(step, below...), above...)
}
