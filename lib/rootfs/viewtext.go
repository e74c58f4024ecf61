package rootfs

import (
	"fmt"
	"strings"

	"mini-container/lib/plain"
)

// Text is a line for the root, and one for each mount.
func (v *View) Text() string {
	var b strings.Builder
	line := func(what, text string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", what, plain.Printable(fmt.Sprintf(text, args...)))
	}
	line("process", "%d %s", v.PID, strings.Join(v.Command, " "))
	folder := "no folder that is seen from here"
	switch {
	case v.Host:
		folder = "the root of who looks, in the same mount namespace"
	case v.Folder != nil:
		folder = *v.Folder
	}
	line("root", "%s", folder)
	line("", "%s of %s, %s", v.Type, v.Source, map[bool]string{true: "read-only", false: "can be written"}[v.ReadOnly])
	for _, lower := range v.Lower {
		line("lower", "%s", lower)
	}
	switch {
	case v.Upper != nil:
		line("upper", "%s", *v.Upper)
	case v.layer != nil:
		line("upper", "in memory")
	}
	line("workdir", "%s", v.Workdir)
	for _, p := range v.Mounts {
		from := ""
		if p.From != nil {
			from = ", " + *p.From
		}
		line(p.Kind, "%s %s %s%s", p.Point, p.Type, strings.Join(p.Flags, ","), from)
	}
	return b.String()
}
