package privilege

import (
	"slices"
	"strings"

	"github.com/moby/sys/capability"
)

// Args are the options of mc-ns run that would give a command what the process
// has, and what they cannot say. A process in a user namespace of its own began
// with all capabilities, whatever this one has.
func (r Running) Args(ownUser bool) (options, unsaid []string) {
	add := func(option string, values ...string) {
		for _, value := range values {
			options = append(options, option, value)
		}
	}
	all, has := r.ours, r.ours
	if r.Capabilities != nil {
		has = *r.Capabilities
	}
	if supported, err := capability.ListSupported(); ownUser && err == nil {
		for _, c := range supported {
			all |= 1 << c
		}
	}
	switch {
	case r.NoNewPrivs && r.Filtered && r.Capabilities != nil && has&Default == Default:
		options, all = append(options, "--confine"), Default
	case r.NoNewPrivs:
		options = append(options, "--no-new-privs")
	}
	if !slices.Contains(options, "--confine") && r.Filtered {
		add("--seccomp", "default")
	}
	if r.Filtered {
		unsaid = append(unsaid, "which system calls it may make: the kernel does not tell; docker's profile stands for it")
	}
	if has == 0 {
		add("--cap-drop", "all")
	} else {
		add("--cap-drop", short(all&^has)...)
		add("--cap-add", short(has&^all)...)
	}
	if r.User != "" {
		add("--user", r.User)
		add("--group-add", r.Groups...)
	}
	if r.User != "" && !strings.HasPrefix(r.User, "0:") && r.Kept != has&^all {
		unsaid = append(unsaid, "that it is not root and has the capabilities "+strings.Join(short(r.Kept), " "))
	}
	for _, l := range r.Limits {
		if !slices.Contains(options, "--confine") || l != NoCore {
			add("--ulimit", l.String())
		}
	}
	return options, unsaid
}

// short are the names without the CAP_ that all have.
func short(s Set) []string {
	names := s.Names()
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, "CAP_")
	}
	return names
}
