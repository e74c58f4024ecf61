package cgroup

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fileForm is a file of a group: the controller, a dot, and the rest.
var fileForm = regexp.MustCompile(`^[a-z_]+(\.[A-Za-z0-9_]+)+$`)

// otherVerbs are files of a group that hold no setting, and the verb for each.
var otherVerbs = map[string]string{
	"cgroup.procs":   "move",
	"cgroup.threads": "move",
	"cgroup.kill":    "kill",
	"cgroup.freeze":  "freeze",
}

// named are the words that a file of a group can begin with (cgroups(7)).
var named = []string{core, "cpu", "cpuset", "dmem", "hugetlb", "io", "memory", "misc", "perf_event", "pids", "rdma"}

// Add puts words FILE=VALUE to the limits: a limit of the table in the forms
// that people write, anything else as it is. A file that is given twice is an
// error, but those that have a line for each device.
func (l Limits) Add(words []string) error {
	for _, word := range words {
		file, value, is := strings.Cut(word, "=")
		if !is {
			return fmt.Errorf("%q: is it FILE=VALUE, as memory.max=64M?", word)
		}
		text, err := parseSetting(file, strings.TrimSpace(value))
		if err != nil {
			return err
		}
		before := l[file]
		k, _ := knobOf(file)
		switch {
		case before == "":
			l[file] = text
		case k.devices:
			l[file] = before + "\n" + text
		default:
			return fmt.Errorf("%s: is given twice: %s and %s", file, strings.TrimSpace(before), strings.TrimSpace(text))
		}
	}
	return nil
}

func parseSetting(file, value string) (text string, err error) {
	controller, _, _ := strings.Cut(file, ".")
	switch {
	case !fileForm.MatchString(file):
		return "", fmt.Errorf("%q: a file of a group is named as memory.max is", file)
	case !slices.Contains(named, controller):
		return "", fmt.Errorf("%s: no file of a group begins with %s, but with one of %s", file, controller, strings.Join(named, ", "))
	case otherVerbs[file] != "":
		return "", fmt.Errorf("%s: 'mc-cgroup %s' does that", file, otherVerbs[file])
	case value == "":
		return "", fmt.Errorf("%s: needs a value", file)
	}
	k, known := knobOf(file)
	if !known {
		return value, nil
	}
	if text, err = k.parse(value); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return text, nil
}

func parseSize(word string) (string, error) {
	var s Size
	err := s.UnmarshalText([]byte(word))
	return string(s), err
}

func parseCount(word string) (string, error) {
	var c Count
	err := c.UnmarshalText([]byte(word))
	return string(c), err
}

func parseTime(word string) (string, error) {
	var c CPU
	err := c.UnmarshalText([]byte(word))
	return string(c), err
}

func parseBurst(word string) (string, error) {
	if n, err := strconv.ParseUint(strings.TrimSuffix(word, "us"), 10, 53); err == nil {
		return strconv.FormatUint(n, 10), nil
	}
	return "", fmt.Errorf("%q: a burst is a whole number of microseconds", word)
}

// maxWeight is the greatest weight of the kernel (CGROUP_WEIGHT_MAX).
const maxWeight = 10000

func parseWeight(word string) (string, error) {
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= maxWeight {
		return strconv.Itoa(n), nil
	}
	return "", fmt.Errorf("%q: a weight is 1 to %d, and 100 is the usual", word, maxWeight)
}

func parseSwitch(word string) (string, error) {
	switch word {
	case "1", "on", "yes", "true":
		return "1", nil
	case "0", "off", "no", "false":
		return "0", nil
	}
	return "", fmt.Errorf("%q: is it 1 or 0?", word)
}

// maxCPU is the most processors of a kernel (NR_CPUS).
const maxCPU = 8192

// parseList gives a list of numbers and ranges as the kernel prints it back.
// max is no list: what the group above has.
func parseList(word string) (string, error) {
	if isMax(word) {
		return "\n", nil
	}
	bad := fmt.Errorf("%q: a list is numbers and ranges, as 0-3,8", word)
	var numbers []int
	for part := range strings.SplitSeq(word, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseUint(from, 10, 16)
		last, err2 := strconv.ParseUint(to, 10, 16)
		if errors.Join(err1, err2) != nil || first > last || last >= maxCPU {
			return "", bad
		}
		for n := first; n <= last; n++ {
			numbers = append(numbers, int(n))
		}
	}
	slices.Sort(numbers)
	return ranges(slices.Compact(numbers)), nil
}

// ranges writes ascending numbers as the kernel does: 0-3,8.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := strconv.Itoa(numbers[i])
		if end > i {
			part += "-" + strconv.Itoa(numbers[end])
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ",")
}
