// Package seccomp compiles profiles of system calls, as docker and podman have
// them, to filters of the kernel (seccomp(2)). It sets none.
package seccomp

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
)

// longest is how many instructions the kernel takes (BPF_MAXINSNS).
const longest = 4096

// Compile makes the filter of a profile: JSON as docker's --security-opt
// seccomp= takes it. The names of the capabilities that the command has, as
// CAP_CHOWN, decide which of its rules count.
//
// The result is a struct sock_filter for each instruction, in the order of
// bytes of this processor.
func Compile(profile []byte, capabilities []string) ([]byte, error) {
	var known seccomp.Seccomp
	if err := json.Unmarshal(profile, &known); err != nil {
		return nil, fmt.Errorf("seccomp profile: %w", err)
	}
	if known.DefaultAction == "" {
		return nil, errors.New("seccomp profile: has no defaultAction")
	}
	spec := &specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: capabilities}}}
	policy, err := seccomp.LoadProfile(string(profile), spec)
	if err != nil {
		return nil, fmt.Errorf("seccomp profile: %w", err)
	}
	program, err := program(policy)
	if err != nil {
		return nil, fmt.Errorf("seccomp profile: %w", err)
	}
	return encode(program)
}

// program is the filter for all machines that the kernel runs programs of.
func program(policy *specs.LinuxSeccomp) ([]bpf.Instruction, error) {
	otherwise, err := action(policy.DefaultAction, policy.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	var all []bpf.Instruction
	for _, m := range machines() {
		block, err := m.block(policy, otherwise)
		if err != nil {
			return nil, err
		}
		all = append(all,
			bpf.LoadAbsolute{Off: offsetMachine, Size: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: m.audit, SkipTrue: 1},
			bpf.Jump{Skip: uint32(len(block))})
		all = append(all, block...)
	}
	all = append(all, killed)
	if len(all) > longest {
		return nil, fmt.Errorf("makes %d instructions, and the kernel takes %d", len(all), longest)
	}
	return all, nil
}

// block is the part for one machine. Rules with conditions come first: where
// they don't apply, one without may.
func (m machine) block(policy *specs.LinuxSeccomp, otherwise bpf.RetConstant) ([]bpf.Instruction, error) {
	numbers := m.numbers()
	block := []bpf.Instruction{bpf.LoadAbsolute{Off: offsetNumber, Size: 4}}
	block = append(block, m.newer(numbers, otherwise)...)
	var plain []bpf.Instruction
	for _, rule := range policy.Syscalls {
		do, err := action(rule.Action, rule.ErrnoRet)
		if err != nil {
			return nil, err
		}
		var always []uint32
		for _, name := range rule.Names {
			number, known := numbers[name]
			if !known {
				continue // another machine's, or a newer kernel's
			}
			if len(rule.Args) == 0 {
				always = append(always, number)
				continue
			}
			for _, conditions := range alternatives(rule.Args) {
				one, err := conditional(number, conditions, do)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				block = append(block, one...)
			}
		}
		plain = append(plain, unconditional(always, do)...)
	}
	// The conditions have loaded something else.
	block = append(block, bpf.LoadAbsolute{Off: offsetNumber, Size: 4})
	return append(append(block, plain...), otherwise), nil
}

// newer answers for a system call that came after the profile was written: C
// libraries try such a one, and fall back only where it is not there (ENOSYS).
// The numbers of x32 programs, which share a machine with others, are refused
// whatever the profile says: no rule is made for them.
func (m machine) newer(numbers map[string]uint32, otherwise bpf.RetConstant) []bpf.Instruction {
	highest := uint32(x32 - 1)
	if otherwise == refused(eperm) {
		highest = 0
		for _, n := range numbers {
			highest = max(highest, n)
		}
	}
	return []bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: highest, SkipFalse: 1},
		refused(enosys),
	}
}

// unconditional is an action for some numbers, in pieces that a jump can pass.
func unconditional(numbers []uint32, do bpf.RetConstant) []bpf.Instruction {
	var all []bpf.Instruction
	for piece := range slices.Chunk(numbers, 200) {
		for i, n := range piece {
			jump := bpf.JumpIf{Cond: bpf.JumpEqual, Val: n, SkipTrue: uint8(len(piece) - i - 1)}
			if i == len(piece)-1 {
				jump = bpf.JumpIf{Cond: bpf.JumpEqual, Val: n, SkipFalse: 1}
			}
			all = append(all, jump)
		}
		all = append(all, do)
	}
	return all
}

// encode gives the bytes that the kernel takes.
func encode(program []bpf.Instruction) ([]byte, error) {
	assembled, err := bpf.Assemble(program)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, i := range assembled {
		out = binary.NativeEndian.AppendUint16(out, i.Op)
		out = append(out, i.Jt, i.Jf)
		out = binary.NativeEndian.AppendUint32(out, i.K)
	}
	return out, nil
}
