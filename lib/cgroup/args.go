package cgroup

import (
	"maps"
	"slices"
	"strings"
)

// Args is the command line that makes a group with the same limits.
func (s *State) Args() []string {
	args := []string{"mc-cgroup", "create", s.Name}
	var further []string
	for _, member := range slices.Sorted(maps.Keys(s.Limits)) {
		limit := string(s.Limits[member])
		switch {
		case isFurther(member):
			for line := range strings.Lines(limit) {
				further = append(further, "--set", fileOf(member)+"="+strings.TrimSpace(line))
			}
		case limit != "" && !strings.HasPrefix(limit, unlimited):
			args = append(args, flagOf(member), limit)
		}
	}
	return append(args, further...)
}

// flagOf is create's own flag for a limit: --memory-max, --swap-max.
func flagOf(member string) string {
	return "--" + strings.ReplaceAll(strings.Replace(member, "memory_swap_", "swap_", 1), "_", "-")
}

// isFurther tells that a limit has no flag: it is a word FILE=VALUE.
func isFurther(member string) bool {
	return !slices.ContainsFunc(knobs, func(k knob) bool { return k.member == member && k.usual == "" })
}
