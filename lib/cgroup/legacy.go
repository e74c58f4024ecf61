package cgroup

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mini-container/lib/step"
)

// On cgroup v1 (Documentation/admin-guide/cgroup-v1) no limit is a very large
// number, rounded down to a page, for memory, and -1 for processor time.
const (
	legacyNone  = "-1"
	legacyLarge = 1 << 62
)

// quotaFile holds the processor time of a period, in microseconds.
const quotaFile = "cpu.cfs_quota_us"

// writeMemory keeps the swap limit that is there, when none is given.
func writeMemory(folder string, l Limits) (step.List, error) {
	memory, swap := l["memory.max"], l["memory.swap.max"]
	f := &files{}
	if swap == "" {
		swap = readSwap(f, folder)
	}
	accounts := accountsSwap(f, folder)
	if f.err != nil {
		return nil, f.err
	}
	if swap == "" || !accounts {
		return step.List{newWrite(folder, "memory.limit_in_bytes", toLegacy(memory))}, nil
	}
	return memoryAndSwap(folder, memory, swap)
}

// writeSwap is for a swap limit alone; with a memory limit beside it,
// writeMemory has planned both.
func writeSwap(folder string, l Limits) (step.List, error) {
	swap := l["memory.swap.max"]
	f := &files{}
	accounts := accountsSwap(f, folder)
	if f.err != nil {
		return nil, f.err
	}
	if !accounts {
		return nil, withoutSwap(swap)
	}
	if l["memory.max"] != "" {
		return nil, nil
	}
	memory := readMemory(f, folder)
	if f.err != nil {
		return nil, f.err
	}
	if swap != unlimited && (memory == unlimited || memory == "") {
		return nil, errors.New("needs a memory limit too (--memory-max): cgroup v1 limits memory and swap together")
	}
	return memoryAndSwap(folder, memory, swap)
}

// memoryAndSwap orders the two writes: the sum may never be below the memory.
func memoryAndSwap(folder, memory, swap string) (step.List, error) {
	sum := unlimited
	if swap != unlimited {
		if memory == unlimited {
			return nil, errors.New("needs a memory limit too (--memory-max): cgroup v1 limits memory and swap together")
		}
		var err error
		if sum, err = together(memory, swap); err != nil {
			return nil, err
		}
	}
	first := newWrite(folder, "memory.limit_in_bytes", toLegacy(memory))
	second := newWrite(folder, "memory.memsw.limit_in_bytes", toLegacy(sum))
	f := &files{}
	now := fromLegacy(f.text(folder, "memory.memsw.limit_in_bytes"))
	if now != "" && less(now, sum) || sum == unlimited {
		return step.List{second, first}, f.err
	}
	return step.List{first, second}, f.err
}

// together is the limit of memory and swap in one. The kernel rounds every
// limit down to a page: only of what it makes of the two is the sum no more
// swap than was asked for.
func together(memory, swap string) (string, error) {
	page := int64(os.Getpagesize())
	m, err := strconv.ParseInt(memory, 10, 64)
	if err != nil {
		return "", fmt.Errorf("memory limit %q: %w", memory, err)
	}
	s, err := strconv.ParseInt(swap, 10, 64)
	if err != nil {
		return "", fmt.Errorf("swap limit %q: %w", swap, err)
	}
	if m, s = m/page*page, s/page*page; m > math.MaxInt64-s {
		return unlimited, nil
	}
	return strconv.FormatInt(m+s, 10), nil
}

func writePids(folder string, l Limits) (step.List, error) {
	return step.List{newWrite(folder, "pids.max", l["pids.max"])}, nil
}

func writeCPU(folder string, l Limits) (step.List, error) {
	quota, period, _ := strings.Cut(l["cpu.max"], " ")
	return step.List{
		newWrite(folder, "cpu.cfs_period_us", period),
		newWrite(folder, quotaFile, toLegacy(quota)),
	}, nil
}

func writeBurst(folder string, l Limits) (step.List, error) {
	return step.List{newWrite(folder, "cpu.cfs_burst_us", l["cpu.max.burst"])}, nil
}

func readBurst(f *files, folder string) string { return f.text(folder, "cpu.cfs_burst_us") }

// usualShares are cgroup v1's for the usual weight of v2, 100. The kernel
// itself converts by this quotient (sched_weight_from_cgroup).
const usualShares = 1024

func writeWeight(folder string, l Limits) (step.List, error) {
	weight, err := strconv.Atoi(l["cpu.weight"])
	if err != nil {
		return nil, err
	}
	shares := (weight*usualShares + 50) / 100
	return step.List{newWrite(folder, "cpu.shares", strconv.Itoa(shares))}, nil
}

func readWeight(f *files, folder string) string {
	text := f.text(folder, "cpu.shares")
	shares, err := strconv.Atoi(text)
	if err != nil {
		return text
	}
	return strconv.Itoa((shares*100 + usualShares/2) / usualShares)
}

func readMemory(f *files, folder string) string {
	return fromLegacy(f.text(folder, "memory.limit_in_bytes"))
}

func readSwap(f *files, folder string) string {
	sum := fromLegacy(f.text(folder, "memory.memsw.limit_in_bytes"))
	memory := readMemory(f, folder)
	if sum == "" || sum == unlimited {
		return sum
	}
	both, err1 := strconv.ParseInt(sum, 10, 64)
	own, err2 := strconv.ParseInt(memory, 10, 64)
	if err1 != nil || err2 != nil {
		return unlimited
	}
	return strconv.FormatInt(both-own, 10)
}

func readPids(f *files, folder string) string { return f.text(folder, "pids.max") }

func readCPU(f *files, folder string) string {
	quota, period := f.text(folder, quotaFile), f.text(folder, "cpu.cfs_period_us")
	if quota == "" || period == "" {
		return ""
	}
	return strings.Replace(quota, legacyNone, unlimited, 1) + " " + period
}

func toLegacy(limit string) string {
	if limit == unlimited {
		return legacyNone
	}
	return limit
}

func fromLegacy(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= legacyLarge {
		return unlimited
	}
	return text
}

// accountsSwap tells whether the hierarchy of the folder limits swap. The
// folder need not be there yet: the hierarchy's root has the file too.
func accountsSwap(f *files, folder string) bool {
	for ; len(folder) > 1; folder = filepath.Dir(folder) {
		if f.text(folder, "memory.memsw.limit_in_bytes") != "" {
			return true
		}
	}
	return false
}

// withoutSwap judges a swap limit where the kernel has no file for it: none
// at all is what it has, if the host has no swap.
func withoutSwap(limit string) error {
	f := &files{}
	if has := hasSwap(f); f.err != nil || limit == "0" && !has {
		return f.err
	}
	return errors.New("the kernel does not account for swap: boot it with swapaccount=1")
}

// hasSwap tells whether the host has any swap (proc_swaps(5)): one line is the
// heading.
func hasSwap(f *files) bool { return strings.Count(f.text("/proc", "swaps"), "\n") > 0 }

// limitHits are counted where the kernel ran into one of the two limits: with no
// swap allowed they are the same, and it asks the sum first
// (Documentation/admin-guide/cgroup-v1/memory.rst).
func limitHits(f *files, folder string) Amount {
	memory, sum := f.text(folder, "memory.failcnt"), f.text(folder, "memory.memsw.failcnt")
	if memory == "" {
		return ""
	}
	return decimalAmount(number(Amount(memory)) + number(Amount(sum)))
}
