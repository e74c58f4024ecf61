package namespace

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestForbidding reads made files. AppArmor's sysctl is on no machine of these
// tests: this shows that it is read, and not that the kernel refuses by it. What
// the others do is shown in ns-run.txt.
func TestForbidding(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"kernel/apparmor_restrict_unprivileged_userns", "1\n", "sysctl kernel.apparmor_restrict_unprivileged_userns=1"},
		{"kernel/apparmor_restrict_unprivileged_userns", "0\n", ""},
		{"kernel/unprivileged_userns_clone", "0\n", "sysctl kernel.unprivileged_userns_clone=0"},
		{"kernel/unprivileged_userns_clone", "1\n", ""},
		{"user/max_user_namespaces", "0\n", ""}, // which has another errno
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, c.file)
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(c.text), 0o644)); err != nil {
			t.Fatal(err)
		}
		if got := forbidding(folder); got != c.want {
			t.Errorf("%s is %q: %q, not %q", c.file, c.text, got, c.want)
		}
	}
}

// TestNested: only two kinds of namespaces lie in each other.
func TestNested(t *testing.T) {
	for _, k := range kinds {
		said := whyNew(k.flag, unix.ENOSPC)
		deep := strings.Contains(said.Error(), "32 deep")
		if !errors.Is(said, unix.ENOSPC) || deep != (k.word == "user" || k.word == "pid") {
			t.Error(said)
		}
		if !strings.Contains(said.Error(), "user.max_"+k.file+"_namespaces=") {
			t.Errorf("not the limit of its kind: %v", said)
		}
	}
	if chrooted() {
		t.Error("these tests run in no chroot")
	}
}
