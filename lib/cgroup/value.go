package cgroup

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// unlimited is the kernel's word for no limit.
const unlimited = "max"

// cpuPeriod is the kernel's default period of cpu.max, in microseconds.
const cpuPeriod = 100000

// Size is an amount of memory as the kernel writes it: bytes, or "max".
type Size string

// UnmarshalText takes bytes or a number with K, M, G or T, in powers of 1024
// as the kernel has them, or a word for no limit.
func (s *Size) UnmarshalText(text []byte) error {
	word := string(text)
	if isMax(word) {
		*s = unlimited
		return nil
	}
	if lower := strings.ToLower(word); strings.HasSuffix(lower, "b") && !strings.HasSuffix(lower, "ib") {
		return fmt.Errorf("%q: is it 1000 or 1024? write %s for powers of 1024", word, strings.TrimRight(word, "bB"))
	}
	if share, is := strings.CutSuffix(word, "%"); is {
		return s.share(share)
	}
	n, err := units.RAMInBytes(word)
	if err != nil || n < 0 {
		return fmt.Errorf("%q: a size is a number of bytes, a number with K, M, G or T as 10M, 10%% of the memory, or max", word)
	}
	*s = Size(strconv.FormatInt(n, 10))
	return nil
}

// share is a share of the machine's memory, in whole pages.
func (s *Size) share(text string) error {
	percent, err := strconv.ParseFloat(text, 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return fmt.Errorf("%q: a share of the memory is 0%% to 100%%", text+"%")
	}
	var host unix.Sysinfo_t
	if err := unix.Sysinfo(&host); err != nil {
		return fmt.Errorf("sysinfo: %w", err)
	}
	page := float64(unix.Getpagesize())
	bytes := float64(host.Totalram) * float64(host.Unit) * percent / 100
	*s = Size(strconv.FormatInt(int64(bytes/page)*int64(page), 10))
	return nil
}

// Count is a number of processes, or "max".
type Count string

// UnmarshalText takes a number or a word for no limit.
func (c *Count) UnmarshalText(text []byte) error {
	word := string(text)
	if isMax(word) {
		*c = unlimited
		return nil
	}
	n, err := strconv.ParseUint(word, 10, 31)
	if err != nil {
		return fmt.Errorf("%q: a count is a whole number, or max", word)
	}
	*c = Count(strconv.FormatUint(n, 10))
	return nil
}

// CPU is processor time as the kernel writes it: "QUOTA PERIOD" in
// microseconds, where QUOTA may be "max".
type CPU string

// UnmarshalText takes 25% (of one processor), 0.25 or 2cpus (processors),
// "25000 100000" or 25000 (microseconds of a period), or a word for no limit.
func (c *CPU) UnmarshalText(text []byte) error {
	quota, period, err := parseCPU(string(text))
	switch {
	case err != nil:
		return fmt.Errorf("%q: processor time is 25%%, 0.25, 2cpus, \"25000 100000\" (microseconds), or max", text)
	case quota == 0:
		*c = CPU(fmt.Sprintf("%s %d", unlimited, cpuPeriod))
		return nil
	case quota < 1000 || period < 1000 || period > 1000000:
		return fmt.Errorf("%q: the kernel wants a quota of 1000 µs or more, of a period of 1000 µs to 1 s", text)
	}
	*c = CPU(fmt.Sprintf("%d %d", quota, period))
	return nil
}

// parseCPU gives microseconds; a quota of 0 is no limit.
func parseCPU(word string) (quota, period int64, err error) {
	if isMax(word) {
		return 0, cpuPeriod, nil
	}
	if first, second, ok := strings.Cut(word, " "); ok {
		if period, err = strconv.ParseInt(second, 10, 64); err != nil {
			return 0, 0, err
		}
		if first == unlimited {
			return 0, period, nil
		}
		quota, err = strconv.ParseInt(first, 10, 64)
		return positive(quota), period, err
	}
	number, unit := strings.TrimRight(word, "%cpus"), 1.0
	switch word[len(number):] {
	case "%":
		unit = 0.01
	case "cpu", "cpus":
	case "":
		// As the kernel takes it: a lone whole number of 1000 or more is a quota.
		if n, err := strconv.ParseInt(word, 10, 64); err == nil && n >= 1000 {
			return n, cpuPeriod, nil
		}
	default:
		return 0, 0, errors.New("unknown unit")
	}
	share, err := strconv.ParseFloat(number, 64)
	if err != nil || !(share > 0) || share*unit > 1e6 {
		return 0, 0, errors.New("no share of a processor")
	}
	return positive(int64(math.Round(share * unit * cpuPeriod))), cpuPeriod, nil
}

// positive keeps a quota of nothing from being taken for no limit.
func positive(quota int64) int64 {
	if quota <= 0 {
		return 1
	}
	return quota
}

func isMax(word string) bool {
	return word == unlimited || word == "infinity" || word == "-1"
}

// Signal is a signal by name, with or without SIG, or by number.
type Signal unix.Signal

// UnmarshalText takes what kill(1) takes.
func (s *Signal) UnmarshalText(text []byte) error {
	word := strings.ToUpper(string(text))
	if n, err := strconv.Atoi(word); err == nil && n > 0 && n <= 64 {
		*s = Signal(n)
		return nil
	}
	n := unix.SignalNum("SIG" + strings.TrimPrefix(word, "SIG"))
	if n == 0 {
		return fmt.Errorf("%q: no such signal", text)
	}
	*s = Signal(n)
	return nil
}

// Number is the signal's number.
func (s Signal) Number() unix.Signal { return unix.Signal(s) }

// Parent is the folder that holds the groups: a path below the hierarchy's
// root, without a leading slash; or below the caller's own group, with "./".
type Parent string

// UnmarshalText refuses a path that leads out of the hierarchy.
func (p *Parent) UnmarshalText(text []byte) error {
	rest, own := strings.CutPrefix(string(text), ownPrefix)
	path := strings.Trim(rest, "/")
	if path == "" || !filepath.IsLocal(path) {
		return fmt.Errorf("%q: a parent is a folder below the hierarchy's root, as a/b", text)
	}
	*p = Parent(filepath.Clean(path))
	if own {
		*p = ownPrefix + *p
	}
	return nil
}
