package seccomp

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
)

// Where struct seccomp_data has what a filter looks at, in bytes.
const (
	offsetNumber   = 0
	offsetMachine  = 4
	offsetArgument = 16 // each of the six has 8
)

// fails stands for a jump to the end of the rule, until its length is known.
const fails = 255

// alternatives are the sets of conditions of which one must hold. In a set all
// must; two on the same argument are alternatives, as runc has them.
func alternatives(args []specs.LinuxSeccompArg) [][]specs.LinuxSeccompArg {
	if len(args) == 0 {
		return nil
	}
	seen := map[uint]bool{}
	for _, a := range args {
		if !seen[a.Index] {
			seen[a.Index] = true
			continue
		}
		var each [][]specs.LinuxSeccompArg
		for _, one := range args {
			each = append(each, []specs.LinuxSeccompArg{one})
		}
		return each
	}
	return [][]specs.LinuxSeccompArg{args}
}

// conditional is a rule's conditions and its action, or its end.
func conditional(args []specs.LinuxSeccompArg, do bpf.RetConstant) ([]bpf.Instruction, error) {
	var rule []bpf.Instruction
	for _, a := range args {
		one, err := condition(a)
		if err != nil {
			return nil, err
		}
		rule = append(rule, one...)
	}
	rule = append(rule, do)
	for i := range rule {
		jump, is := rule[i].(bpf.JumpIf)
		if !is {
			continue
		}
		end := uint8(len(rule) - i - 1)
		if jump.SkipTrue == fails {
			jump.SkipTrue = end
		}
		if jump.SkipFalse == fails {
			jump.SkipFalse = end
		}
		rule[i] = jump
	}
	return rule, nil
}

// condition goes on where it holds. An argument has 64 bits, and the machine of
// the filter has 32: first the higher half, then the lower.
func condition(a specs.LinuxSeccompArg) ([]bpf.Instruction, error) {
	if a.Index > 5 {
		return nil, fmt.Errorf("a system call has no argument number %d", a.Index)
	}
	high, low := halves(uint32(a.Index))
	vHigh, vLow := uint32(a.Value>>32), uint32(a.Value)
	if a.Op == specs.OpMaskedEqual {
		return []bpf.Instruction{
			high, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: vHigh},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(a.ValueTwo >> 32), SkipFalse: fails},
			low, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: vLow},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(a.ValueTwo), SkipFalse: fails},
		}, nil
	}
	same := bpf.JumpIf{Cond: bpf.JumpEqual, Val: vHigh}
	last := bpf.JumpIf{Val: vLow}
	greater := bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: vHigh}
	switch a.Op {
	case specs.OpEqualTo:
		same.SkipFalse, last.Cond, last.SkipFalse = fails, bpf.JumpEqual, fails
		return []bpf.Instruction{high, same, low, last}, nil
	case specs.OpNotEqual:
		same.SkipFalse, last.Cond, last.SkipTrue = 2, bpf.JumpEqual, fails
		return []bpf.Instruction{high, same, low, last}, nil
	case specs.OpGreaterThan, specs.OpGreaterEqual:
		greater.SkipTrue, same.SkipFalse, last.SkipFalse = 3, fails, fails
		last.Cond = bpf.JumpGreaterThan
		if a.Op == specs.OpGreaterEqual {
			last.Cond = bpf.JumpGreaterOrEqual
		}
	case specs.OpLessThan, specs.OpLessEqual:
		greater.SkipTrue, same.SkipFalse, last.SkipTrue = fails, 2, fails
		last.Cond = bpf.JumpGreaterOrEqual
		if a.Op == specs.OpLessEqual {
			last.Cond = bpf.JumpGreaterThan
		}
	default:
		return nil, fmt.Errorf("%q: no such comparison", a.Op)
	}
	return []bpf.Instruction{high, greater, same, low, last}, nil
}
