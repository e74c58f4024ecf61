package rootfs

import (
	"os"
	"strconv"
	"strings"
)

// mounted is one line of /proc/PID/mountinfo (proc(5)).
type mounted struct {
	id      string
	point   string
	kind    string // type of the file system
	follows bool   // mounts that others make beneath it arrive (mount_namespaces(7))
}

// mounts are those of this thread's namespace, oldest first.
func mounts() ([]mounted, error) {
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	var all []mounted
	for line := range strings.Lines(string(text)) {
		before, after, _ := strings.Cut(line, " - ")
		words, kind := strings.Fields(before), strings.Fields(after)
		if len(words) > 4 && len(kind) > 0 {
			follows := strings.Contains(before, " shared:") || strings.Contains(before, " master:")
			all = append(all, mounted{id: words[0], point: unescape(words[4]), kind: kind[0], follows: follows})
		}
	}
	return all, nil
}

// submounts are the mount points beneath a path, outermost first.
func submounts(path string) ([]string, error) {
	all, err := mounts()
	var points []string
	for _, m := range all {
		if m.point != path && beneath(m.point, path) {
			points = append(points, m.point)
		}
	}
	return points, err
}

// unescape reads the octal numbers that stand for space, tab, newline and
// backslash in mountinfo.
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
