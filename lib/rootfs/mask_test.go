package rootfs

import (
	"fmt"
	"strings"
	"testing"

	"mini-container/lib/step"
)

func TestBareText(t *testing.T) {
	for text, want := range map[string]string{
		"all":                "all",
		"/proc/kcore":        "/proc/kcore",
		"/proc/sys/":         "/proc/sys",
		"/sys":               "/sys",
		"/":                  "/",
		"/proc/sys/../irq":   "/proc/irq",
		"/proc/sys/kernel":   "is none of those",
		"proc/kcore":         "is none of those",
		"/etc/passwd":        "is none of those",
		"":                   "is none of those",
		"ALL":                "is none of those",
		"/sys/devices":       "/sys/devices",
		"/sys/devices/cpu":   "is none of those",
		"/proc/kcore\n/proc": "is none of those",
	} {
		var b Bare
		got := fmt.Sprint(b.UnmarshalText([]byte(text)))
		if got == "<nil>" {
			got = string(b)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestMasks: what is left out is left out, and nothing else is.
func TestMasks(t *testing.T) {
	root := &tree{path: "/r", fd: -1}
	all := shown(t, masks(root, nil))
	if n := strings.Count(all, "\n"); n < len(masked)+len(protected) {
		t.Errorf("%d steps:\n%s", n, all)
	}
	for bare, gone := range map[Bare][]string{
		"all":         {"/r/proc", "/r/sys"},
		"/proc":       {"/r/proc/"},
		"/proc/sys":   {"/r/proc/sys"},
		"/proc/kcore": {"/r/proc/kcore"},
	} {
		left := shown(t, masks(root, []Bare{bare}))
		for _, path := range gone {
			if bare != "all" && !strings.Contains(all, path) {
				t.Errorf("%s was never there", path)
			}
			if strings.Contains(strings.ReplaceAll(left, "/r/proc/sysrq-trigger", ""), path) {
				t.Errorf("--unmask %s leaves\n%s", bare, left)
			}
		}
		if bare == "/proc" && !strings.Contains(left, "/r/sys/firmware") || bare == "/proc/sys" && !strings.Contains(left, "/r/proc/sysrq-trigger") {
			t.Errorf("--unmask %s takes too much:\n%s", bare, left)
		}
	}
}

// shown is the plan as a shell script.
func shown(t *testing.T, plan step.List) string {
	t.Helper()
	var script strings.Builder
	for _, s := range plan {
		fmt.Fprintln(&script, s.Say())
	}
	return script.String()
}
