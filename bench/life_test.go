// Package bench tests what "make bench" runs; the measuring is life.sh.
package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mini-container/test/testenv"
)

// life runs life.sh once in a tree of its own, in which a line of by-hand.sh
// is replaced.
func life(t *testing.T, line, by string) (string, error) {
	t.Helper()
	tree, remove, err := testenv.Build()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	folder := filepath.Join(string(tree), "bench")
	if err := os.CopyFS(folder, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	byHand := filepath.Join(folder, "by-hand.sh")
	text, err := os.ReadFile(byHand)
	if err != nil || !strings.Contains(string(text), line) {
		t.Fatalf("%s: has no %q: %v", byHand, line, err)
	}
	if err := os.WriteFile(byHand, []byte(strings.ReplaceAll(string(text), line, by)), 0o755); err != nil {
		t.Fatal(err)
	}
	host := testenv.Isolate(t)
	cmd := exec.Command(filepath.Join(folder, "life.sh"), "1")
	cmd.Env = append(append(os.Environ(), host.Environ()...), "MC_MANY=0 3")
	out, err := cmd.CombinedOutput()
	if left, _ := filepath.Glob("/sys/fs/cgroup/*/mini-container-bench-*"); len(left) > 0 {
		t.Errorf("leaves %q", left)
	}
	return string(out), err
}

// TestLife: every contender has its row, with figures or the reason why not, and
// what is by hand and the floor are the same inside as ours.
func TestLife(t *testing.T) {
	out, err := life(t, "", "")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, row := range []string{
		`ours +[0-9.]+ +1\.00 `, `floor +[0-9.]+ +[0-9.]+ `, `floor-sync +[0-9.]+ +[0-9.]+ `, `by-hand +[0-9.]+ +[0-9.]+ `,
		`crun-cni +(- +- +not here: \S|[0-9.]+ +[0-9.]+ )`, `runc-cni +(- +- +not here: \S|[0-9.]+ +[0-9.]+ )`,
		`podman +(- +- +not here: \S|[0-9.]+ +[0-9.]+ )`, `bwrap-netns +[0-9.]+ +[0-9.]+ `, `bwrap-chain +[0-9.]+ +[0-9.]+ `,
		`ours( +\d+){3}\n`, `3 containers +[0-9.]+ +[0-9.]+ `, `supervisor, KiB.*Private_Dirty: \d+`, ` +[0-9.]+  mc-net unshare`,
	} {
		if !regexp.MustCompile(`(?m)^` + row).MatchString(out) {
			t.Errorf("no row %q in:\n%s", row, out)
		}
	}
}

// TestAnother: a container that differs inside is not measured.
func TestAnother(t *testing.T) {
	out, err := life(t, "\tmount -t mqueue", "\t: mount -t mqueue")
	if err == nil || !strings.Contains(out, "/dev/mqueue rw,nosuid") || !strings.Contains(out, "life.sh: by-hand is another container than ours\n") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"0"}, {"1", "2"}, {"--no-such"}} {
		if out, err := exec.Command("./life.sh", args...).CombinedOutput(); err == nil || !strings.Contains(string(out), "wrong arguments") {
			t.Errorf("%q: %v: %s", args, err, out)
		}
	}
	if out, err := exec.Command("./life.sh", "--help").Output(); err != nil || !strings.HasPrefix(string(out), "Usage: life.sh [RUNS]\n") {
		t.Errorf("--help: %v: %s", err, out)
	}
}
