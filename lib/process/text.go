package process

import (
	"fmt"
	"slices"
	"strings"

	"mini-container/lib/plain"

	"github.com/moby/sys/capability"
)

// hidden is said where this process may not see.
const hidden = "not for us to see"

// Text is one screen in words. The names are the process's own: what could
// steer a terminal is taken out.
func (p *Process) Text() string {
	var b strings.Builder
	line := func(what, text string, args ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", what, plain.Printable(fmt.Sprintf(text, args...)))
	}
	line("process", "%d %s, %s%s", p.PID, p.Name, strings.ToLower(p.State), inside(p.Inside))
	line("command", "%s", words(p.Command, "none: a thread of the kernel, or a zombie"))
	line("executable", "%s", maybe(p.Executable))
	line("root", "%s", maybe(p.Root))
	line("user", "%s", ids(p.UID))
	line("group", "%s, and %s", ids(p.GID), words(strs(p.Groups), "no others"))
	line("user map", "%s", mapped(p.UIDMap))
	line("group map", "%s", mapped(p.GIDMap))
	line("namespaces", "%s", p.kinds())
	for _, s := range sets {
		line(s.name, "%s", caps(p.Caps[s.name]))
	}
	line("no_new_privs", "%s", map[bool]string{true: "on: no program gives it more", false: "off"}[p.NoNewPrivs])
	seccomp := p.Seccomp
	if p.Filters > 0 {
		seccomp += fmt.Sprintf(" (%d)", p.Filters)
	}
	line("seccomp", "%s", seccomp)
	line("umask", "%s", p.Umask)
	if p.OOMScore != nil {
		line("oom_score_adj", "%d", *p.OOMScore)
	}
	line("cgroups", "%s", words(p.Cgroups, "/"))
	for _, m := range p.Mounts {
		line("mount", "%s %s %s, %s", m.Point, m.Type, strings.Join(m.Flags, ","), m.Propagation)
	}
	if p.Mounts == nil {
		line("mount", hidden)
	}
	return b.String()
}

// kinds are the namespaces of its own, and those that it shares with us.
func (p *Process) kinds() string {
	var own, shared, unknown []string
	for _, n := range p.Namespaces {
		switch {
		case n.ID == 0:
			unknown = append(unknown, n.Kind)
		case n.Ours:
			shared = append(shared, n.Kind)
		default:
			own = append(own, n.Kind)
		}
	}
	text := "its own: " + words(own, "none") + "; as here: " + words(shared, "none")
	if len(unknown) > 0 {
		text += "; " + hidden + ": " + words(unknown, "")
	}
	return text
}

func inside(numbers []int) string {
	if len(numbers) == 0 {
		return ""
	}
	return fmt.Sprintf(", inside number %d", numbers[len(numbers)-1])
}

// ids are four numbers, or one where all are the same.
func ids(all []int) string {
	if len(slices.Compact(slices.Clone(all))) == 1 {
		return fmt.Sprint(all[0])
	}
	return fmt.Sprintf("%v (real, effective, saved, of files)", all)
}

func mapped(lines []string) string {
	switch {
	case lines == nil:
		return hidden
	case len(lines) == 0:
		return "the host's"
	}
	return strings.Join(lines, ", ") + " (inside, outside, how many)"
}

// caps are the capabilities, or the few that are missing from all.
func caps(has []string) string {
	var missing []string
	supported, err := capability.ListSupported()
	if err != nil {
		return words(has, "none")
	}
	for _, c := range supported {
		if name := capName(c); !slices.Contains(has, name) {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 0:
		return "all"
	case len(missing) < 6:
		return "all but " + words(missing, "")
	}
	return words(has, "none")
}

func words(all []string, none string) string {
	if len(all) == 0 {
		return none
	}
	return strings.Join(all, " ")
}

func strs(all []int) []string {
	var texts []string
	for _, n := range all {
		texts = append(texts, fmt.Sprint(n))
	}
	return texts
}

func maybe(text *string) string {
	if text == nil {
		return hidden
	}
	return *text
}
