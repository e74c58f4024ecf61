package namespace

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestToolSteps reads the plan: what is the host's loses its rights before the
// other root is among it, and the user namespace is never entered.
func TestToolSteps(t *testing.T) {
	target := &Target{PID: 4711, flags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID}
	var said []string
	for _, s := range target.ToolSteps() {
		said = append(said, s.Say())
	}
	order := []string{
		"# a copy of the mounts of 4711",
		"nsenter --target 4711 --net --pid",
		"unshare --mount",
		"mount --make-rprivate /",
		"mount -o remount,bind,ro,nosuid,nodev /",
		"mount --rbind -o nosuid,nodev,noexec /proc/4711/root /mnt",
		"mount -t tmpfs -o nosuid,noexec,mode=1777 tmpfs /tmp",
		"mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs /dev",
	}
	if len(said) != len(order) {
		t.Fatalf("%d steps: %q", len(said), said)
	}
	for i, want := range order {
		if !strings.HasPrefix(said[i], want) {
			t.Errorf("step %d: %q, not %q", i, said[i], want)
		}
	}
	if !target.OwnUser() {
		t.Error("it is in a user namespace of its own")
	}
	devices := said[len(said)-1]
	for _, never := range []string{"sd", "mem", "kmsg", "loop"} {
		if strings.Contains(devices, "/dev/"+never) {
			t.Errorf("%s is for no tool: %s", never, devices)
		}
	}
}

// TestCopiedOnce closes the copy once only: it may be attached by then, and its
// number another file's.
func TestCopiedOnce(t *testing.T) {
	fd, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	tree := &copied{target: &Target{}, fd: fd}
	if err := tree.Undo(); err != nil {
		t.Error(err)
	}
	tree.fd = -1
	if err := tree.Undo(); err != nil {
		t.Error(err)
	}
}

// TestWhyRoot has a cause for a root that is no mount, and none for others.
func TestWhyRoot(t *testing.T) {
	if err := whyRoot(unix.EINVAL); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "a chroot?") {
		t.Error(err)
	}
	if err := whyRoot(unix.EPERM); err != unix.EPERM {
		t.Error(err)
	}
	if err := (attach{tree: &copied{target: &Target{PID: 1}, fd: -1}}).Do(); err == nil || os.IsNotExist(err) {
		t.Error(err)
	}
}
