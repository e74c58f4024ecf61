// Package seccomp compiles profiles of system calls, as docker and podman have
// them, to filters of the kernel (seccomp(2)). It sets none.
package seccomp

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// block is the part for one machine.
func (m machine) block(policy *specs.LinuxSeccomp, otherwise bpf.RetConstant) ([]bpf.Instruction, error) {
	numbers := m.numbers()
	rules, err := sorted(policy, numbers)
	if err != nil {
		return nil, err
	}
	block := []bpf.Instruction{bpf.LoadAbsolute{Off: offsetNumber, Size: 4}}
	block = append(block, m.newer(numbers, otherwise)...)
	for _, number := range slices.Sorted(maps.Keys(rules.conditional)) {
		// Rules with conditions come first: where they don't apply, one without may.
		body := rules.conditional[number]
		if plain, has := rules.plain[number]; has {
			body = append(body, plain)
		} else {
			body = append(body, otherwise)
		}
		block = append(block, bpf.JumpIf{Cond: bpf.JumpEqual, Val: number, SkipTrue: 1}, bpf.Jump{Skip: uint32(len(body))})
		block = append(block, body...)
	}
	return append(block, bisect(ranges(rules.plain, otherwise))...), nil
}

// sorted are the rules by the number of their system call.
func sorted(policy *specs.LinuxSeccomp, numbers map[string]uint32) (rules, error) {
	r := rules{plain: map[uint32]bpf.RetConstant{}, conditional: map[uint32][]bpf.Instruction{}}
	for _, rule := range policy.Syscalls {
		do, err := action(rule.Action, rule.ErrnoRet)
		if err != nil {
			return r, err
		}
		for _, name := range rule.Names {
			number, known := numbers[name]
			if !known {
				continue // another machine's, or a newer kernel's
			}
			if _, has := r.plain[number]; len(rule.Args) == 0 && !has {
				r.plain[number] = do
			}
			for _, conditions := range alternatives(rule.Args) {
				one, err := conditional(conditions, do)
				if err != nil {
					return r, fmt.Errorf("%s: %w", name, err)
				}
				r.conditional[number] = append(r.conditional[number], one...)
			}
		}
	}
	return r, nil
}

// rules are what is done about each number.
type rules struct {
	plain       map[uint32]bpf.RetConstant   // without conditions
	conditional map[uint32][]bpf.Instruction // each does its action, or comes to its end
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
