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
		if limit != "" && !strings.HasPrefix(string(limit), unlimited) {
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
	return args
}
