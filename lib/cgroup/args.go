package cgroup

import (
	"slices"
	"strings"
)

// Args is the command line that makes a group with the same limits.
func (s *State) Args() []string {
	args := []string{"mc-cgroup", "create", s.Name}
	var members []string
	for member, limit := range s.Limits {
		if !isFurther(member) && limit != "" && !strings.HasPrefix(string(limit), unlimited) {
			members = append(members, member)
		}
	}
	slices.Sort(members)
	for _, member := range members {
		flag := "--" + strings.ReplaceAll(strings.TrimPrefix(member, "memory_swap_"), "_", "-")
		if strings.HasPrefix(member, "memory_swap_") {
			flag = strings.Replace(flag, "--", "--swap-", 1)
		}
		args = append(args, flag, string(s.Limits[member]))
	}
	for _, k := range knobs {
		if !isFurther(k.member) {
			continue
		}
		for line := range strings.Lines(string(s.Limits[k.member])) {
			args = append(args, "--set", k.file+"="+strings.TrimSpace(line))
		}
	}
	return args
}

// isFurther tells that a limit has no flag: it is a word FILE=VALUE.
func isFurther(member string) bool {
	return slices.ContainsFunc(knobs, func(k knob) bool { return k.member == member && k.usual != "" })
}
