package process

import (
	"slices"
	"strconv"
	"strings"
)

// Mount is a line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type Mount struct {
	Point       string   `json:"point"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Flags       []string `json:"flags"`       // ro or rw, nosuid, nodev, noexec, …
	Propagation string   `json:"propagation"` // private, or shared:N, master:N
	IDMapped    bool     `json:"id_mapped"`
}

// telling are the mount points that say what a container is like.
var telling = []string{"/", "/proc", "/proc/sys", "/proc/kcore", "/sys", "/sys/fs/cgroup", "/dev", "/dev/shm", "/tmp", "/run", "/etc/hosts"}

func mounts(f *folder) []Mount {
	text, ok := f.read("mountinfo")
	if !ok {
		return nil
	}
	all := []Mount{}
	for line := range strings.Lines(text) {
		if m, ok := parse(line); ok && slices.Contains(telling, m.Point) {
			// The last one over a point is the one that is seen.
			all = append(slices.DeleteFunc(all, func(other Mount) bool { return other.Point == m.Point }), m)
		}
	}
	return all
}

func parse(line string) (Mount, bool) {
	before, after, _ := strings.Cut(line, " - ")
	words, rest := strings.Fields(before), strings.Fields(after)
	if len(words) < 6 || len(rest) < 2 {
		return Mount{}, false
	}
	m := Mount{Point: unescape(words[4]), Type: rest[0], Source: unescape(rest[1]), Flags: strings.Split(words[5], ",")}
	m.Propagation = "private"
	if tags := words[6:]; len(tags) > 0 {
		m.Propagation = strings.Join(tags, " ")
	}
	m.IDMapped = slices.Contains(m.Flags, "idmapped")
	return m, true
}

// unescape reads the octal numbers that stand for space, tab, newline and
// backslash there.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
