package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// ioKeys are what io.max limits of a device, in the order in which the kernel
// prints them: bytes and calls a second.
var ioKeys = []string{"rbps", "wbps", "riops", "wiops"}

// deviceNumber is a device as the kernel numbers it.
var deviceNumber = regexp.MustCompile(`^[0-9]+:[0-9]+$`)

// parseIOMax takes "DEVICE KEY=VALUE…", also with commas.
func parseIOMax(word string) (string, error) {
	words := strings.FieldsFunc(word, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) < 2 {
		return "", fmt.Errorf("%q: is it 'DEVICE %s=10M', where DEVICE is vda or any file on it?", word, ioKeys[0])
	}
	values := map[string]string{}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		parse := parseSize
		if strings.HasSuffix(key, "iops") {
			parse = parseCount
		}
		text, err := parse(strings.TrimSuffix(value, "/s"))
		switch {
		case !slices.Contains(ioKeys, key):
			return "", fmt.Errorf("%q: is none of %s", key, strings.Join(ioKeys, ", "))
		case err != nil:
			return "", fmt.Errorf("%s: %w", key, err)
		case text == "0":
			return "", fmt.Errorf("%s: %q: the kernel wants more than nothing", key, value)
		case values[key] != "":
			return "", fmt.Errorf("%s: is given twice: %s and %s", key, values[key], text)
		}
		values[key] = text
	}
	disk, err := diskOf(words[0])
	if err != nil {
		return "", err
	}
	line := disk
	for _, key := range ioKeys {
		if values[key] != "" {
			line += " " + key + "=" + values[key]
		}
	}
	return line, nil
}

// parseIOWeight takes a weight for all devices, or "DEVICE WEIGHT", also with a
// comma. The weight of a device may be default.
func parseIOWeight(word string) (string, error) {
	words := strings.FieldsFunc(word, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) == 1 || len(words) == 2 && words[0] == "default" {
		weight, err := parseWeight(words[len(words)-1])
		return "default " + weight, err
	}
	if len(words) != 2 {
		return "", fmt.Errorf("%q: is it a weight, or 'DEVICE WEIGHT'?", word)
	}
	weight, err := "default", error(nil)
	if words[1] != weight {
		weight, err = parseWeight(words[1])
	}
	if err != nil {
		return "", err
	}
	disk, err := diskOf(words[0])
	return disk + " " + weight, err
}

// diskOf is the number of the disk that is meant: by its number, its name, or
// the path of it, of a part of it, or of any file that is stored there.
func diskOf(word string) (string, error) {
	if deviceNumber.MatchString(word) {
		return wholeDisk(word)
	}
	if !strings.Contains(word, "/") {
		if number := read("/sys/class/block/"+word, "dev"); number != "" {
			return wholeDisk(number)
		}
	}
	var s unix.Stat_t
	if err := unix.Stat(word, &s); err != nil {
		return "", fmt.Errorf("%s: neither a disk nor a file: %w", word, err)
	}
	number := s.Dev
	switch {
	case s.Mode&unix.S_IFMT == unix.S_IFBLK:
		number = s.Rdev
	case unix.Major(number) == 0: // what is on more than one device, or on none
		source := sourceOf(numberText(number))
		if err := unix.Stat(source, &s); err != nil || s.Mode&unix.S_IFMT != unix.S_IFBLK {
			return "", fmt.Errorf("%s: is on no disk (%s)", word, source)
		}
		number = s.Rdev
	}
	return wholeDisk(numberText(number))
}

func numberText(device uint64) string {
	return fmt.Sprintf("%d:%d", unix.Major(device), unix.Minor(device))
}

// wholeDisk leads from a partition to its disk: the kernel limits no part of
// one.
func wholeDisk(number string) (string, error) {
	folder, err := filepath.EvalSymlinks("/sys/dev/block/" + number)
	if err != nil {
		return "", fmt.Errorf("%s: no such block device: %w", number, step.Cause(err))
	}
	if !there(filepath.Join(folder, "partition")) {
		return number, nil
	}
	if disk := read(filepath.Dir(folder), "dev"); disk != "" {
		return disk, nil
	}
	return "", fmt.Errorf("%s: a part of no disk: %s", number, folder)
}

// sourceOf is what is mounted under that number (proc_pid_mountinfo(5)).
func sourceOf(number string) string {
	found, err := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
		is := fmt.Sprintf("%d:%d", m.Major, m.Minor) == number
		return !is, is
	})
	if err != nil || len(found) == 0 {
		return "of an unknown kind"
	}
	return found[0].Source
}

// deviceWrite is the write of one device's line, which leaves those of others
// alone.
type deviceWrite struct {
	write
	device string
}

func newDeviceWrite(folder, file, line string) *deviceWrite {
	device, _, _ := strings.Cut(line, " ")
	return &deviceWrite{write: *newWrite(folder, file, line), device: device}
}

func (s *deviceWrite) Do() error {
	err := s.write.Do()
	switch {
	case errors.Is(err, unix.EOPNOTSUPP) && filepath.Base(s.Path) == "io.weight":
		return fmt.Errorf("%w: the device is weighed only when the root's io.cost.qos says '%s enable=1'", err, s.device)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w: it does not do that to this device", err)
	}
	return err
}

// Undo writes the line of before, or one that takes every limit off the device.
func (s *deviceWrite) Undo() error {
	line := lineOf(s.before, s.device)
	switch {
	case line != "":
	case strings.HasSuffix(s.Path, ".weight"):
		line = s.device + " default"
	default:
		line = s.device
		for _, key := range ioKeys {
			line += " " + key + "=" + unlimited
		}
	}
	return step.WriteFile{Path: s.Path, Text: line}.Do()
}

// lineOf is the line of a device.
func lineOf(text, device string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, device+" ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// answer is what the kernel says, of what it has for each device, to the lines
// that were asked for: in their form, to be compared.
func answer(text, asked string) string {
	var lines []string
	for line := range strings.Lines(asked) {
		words := strings.Fields(line)
		its := strings.Fields(lineOf(text, words[0]))
		for i, word := range words[1:] {
			key, _, isKey := strings.Cut(word, "=")
			switch {
			case len(its) == 0: // all is off
				if isKey {
					words[i+1] = key + "=" + unlimited
				} else {
					words[i+1] = "default"
				}
			case !isKey:
				words[i+1] = its[1]
			default:
				at := slices.IndexFunc(its, func(s string) bool { return strings.HasPrefix(s, key+"=") })
				if at > 0 {
					words[i+1] = its[at]
				}
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}
