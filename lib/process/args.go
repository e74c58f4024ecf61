package process

import (
	"fmt"
	"slices"
	"strings"
)

// Args are the options of mc-ns run that would make the namespaces of the
// process, and what they cannot say. Seen is who looks: what both have needs no
// option.
func (p *Process) Args(seen *Process) (options, unsaid []string) {
	for _, n := range p.Namespaces {
		word, plain := plainly[n.Kind]
		switch {
		case n.ID == 0:
			unsaid = append(unsaid, n.Kind+" namespace: not for us to see")
		case !n.Ours && plain:
			options = append(options, word)
		}
	}
	more, not := p.userArgs()
	options, unsaid = append(options, more...), append(unsaid, not...)
	if slices.Contains(options, "--pid") && len(p.Inside) > 0 && p.Inside[0] != 1 {
		options = append(options, "--init")
		unsaid = append(unsaid, fmt.Sprintf("process 1 of its PID namespace: it is number %d there itself, and an init of ours stands for that", p.Inside[0]))
	}
	if len(p.Inside) > 1 {
		unsaid = append(unsaid, fmt.Sprintf("%d more PID namespaces, one in the other", len(p.Inside)-1))
	}
	if slices.Contains(options, "--mount") {
		options = append(options, p.propagation(slices.Contains(options, "--userns"))...)
		unsaid = append(unsaid, "what is mounted for it")
	}
	if p.Umask != seen.Umask {
		options = append(options, "--umask", p.Umask)
	}
	if p.OOMScore != nil && seen.OOMScore != nil && *p.OOMScore != *seen.OOMScore {
		unsaid = append(unsaid, fmt.Sprintf("oom_score_adj %d", *p.OOMScore))
	}
	if !slices.Equal(p.Cgroups, seen.Cgroups) {
		unsaid = append(unsaid, "its control groups, for mc-cgroup exec: "+words(p.Cgroups, "/"))
	}
	return options, unsaid
}

// plainly are the kinds of namespaces that a lone option makes. That of the
// network can have a name, and that of the user has a map.
var plainly = map[string]string{
	"cgroup": "--cgroup", "ipc": "--ipc", "mnt": "--mount", "pid": "--pid", "time": "--time", "uts": "--uts",
}

// Own tells whether the process is in another namespace of the kind, and in
// which.
func (p *Process) Own(kind string) (id uint64, own bool) {
	for _, n := range p.Namespaces {
		if n.Kind == kind {
			return n.ID, n.ID != 0 && !n.Ours
		}
	}
	return 0, false
}

// userArgs knows two maps: that of the caller alone, and a whole range.
func (p *Process) userArgs() (options, unsaid []string) {
	if _, own := p.Own("user"); !own {
		return nil, nil
	}
	users := strings.Join(p.UIDMap, ", ")
	var inside, outside, count int
	if n, err := fmt.Sscan(users, &inside, &outside, &count); n < 3 || err != nil {
		return []string{"--userns"}, []string{"its user map, which is empty or not for us to see"}
	}
	if inside == 0 && count > 1 {
		return []string{"--userns=auto"}, []string{"which users it has outside (" + users + "): =auto takes some that nobody has"}
	}
	if inside != 0 || len(p.UIDMap) > 1 || !slices.Equal(p.UIDMap, p.GIDMap) {
		unsaid = []string{"its user map (" + users + "), and group map (" + strings.Join(p.GIDMap, ", ") + "): --userns makes the caller root"}
	}
	return []string{"--userns"}, unsaid
}

// propagation is how its root's mounts travel, where that is not what --mount
// makes by itself.
func (p *Process) propagation(userns bool) []string {
	at := slices.IndexFunc(p.Mounts, func(m Mount) bool { return m.Point == "/" })
	if at < 0 {
		return nil
	}
	mode := "private"
	switch tags := p.Mounts[at].Propagation; {
	case strings.Contains(tags, "shared:"):
		mode = "shared"
	case strings.Contains(tags, "master:"):
		mode = "slave"
	}
	if made := map[bool]string{true: "slave", false: "private"}[userns]; mode == made {
		return nil
	}
	return []string{"--propagation", mode}
}
