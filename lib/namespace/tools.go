package namespace

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Seen is where the target's root is among the host's tools: a folder that is
// on every host (hier(7)).
const Seen = "/mnt"

// What the host's mounts, and the target's, lose in the view that has both. The
// target's files may be hostile: none of them is run there, be it by mistake,
// and a symbolic link from among them leads to nothing that can be written.
const (
	hostLoses   = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	targetLoses = unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
)

// LeavingTools is Leaving for ToolSteps.
func (t *Target) LeavingTools() (*Home, error) { return leavingRoot(t.joined() | unix.CLONE_NEWNS) }

// ToolSteps plan to enter the target's namespaces with the calling thread, all
// but two: that of the user, so that nobody there may look into a process with
// more capabilities (ptrace(2)); and that of mounts, in the place of which comes
// a copy of ours, with a copy of the target's tree in it. The target's own table
// of mounts is only read.
func (t *Target) ToolSteps() step.List {
	tree := &copied{target: t}
	return step.List{
		tree,
		enter{target: t, flags: t.joined() &^ unix.CLONE_NEWNS},
		unshare{flags: unix.CLONE_NEWNS},
		propagate{mode: "private"},
		harmless{},
		attach{tree: tree},
		memory{at: "/tmp", mode: "1777"},
		devices{},
	}
}

// copied is a copy of the target's tree of mounts, which is nowhere yet
// (open_tree(2)).
type copied struct {
	target *Target
	fd     int
}

// Do takes a thread there that ends with it.
func (s *copied) Do() error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never let go: the runtime ends the thread
		done <- s.copy()
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("%d: copy its mounts: %w", s.target.PID, err)
	}
	return nil
}

func (s *copied) copy() error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if s.target.flags&unix.CLONE_NEWNS != 0 {
		if err := unix.Setns(s.target.fd, unix.CLONE_NEWNS); err != nil {
			return err
		}
	}
	fd, err := unix.OpenTree(int(s.target.root.Fd()), "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_EMPTY_PATH)
	if err != nil {
		return err
	}
	// A shared mount's copy would hand on what is mounted and unmounted in it.
	attr := unix.MountAttr{Attr_set: targetLoses, Propagation: unix.MS_PRIVATE}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
		_ = unix.Close(fd) // the first error counts
		return err
	}
	s.fd = fd
	return nil
}

// Undo closes it, unless it is attached by then.
func (s *copied) Undo() error {
	if s.fd < 0 {
		return nil
	}
	return unix.Close(s.fd)
}

func (s *copied) Say() string { return fmt.Sprintf("# a copy of the mounts of %d", s.target.PID) }

// harmless leaves nothing to be written on the host's own mounts.
type harmless struct{ step.Final }

func (harmless) Do() error {
	err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: hostLoses})
	if err != nil {
		return fmt.Errorf("make / read-only: %w", whyRoot(err))
	}
	return nil
}

func (harmless) Say() string {
	return "mount -o remount,bind,ro,nosuid,nodev / # and all that is mounted below it"
}

// attach shows the copy.
type attach struct {
	step.Final
	tree *copied
}

func (s attach) Do() error {
	err := unix.MoveMount(s.tree.fd, "", unix.AT_FDCWD, Seen, unix.MOVE_MOUNT_F_EMPTY_PATH)
	if os.IsNotExist(err) {
		return fmt.Errorf("%s: this host has no such folder, to show the other root at: %w", Seen, err)
	}
	if err != nil {
		return fmt.Errorf("%s: attach the mounts of %d: %w", Seen, s.tree.target.PID, err)
	}
	err = unix.Close(s.tree.fd)
	s.tree.fd = -1
	return err
}

func (s attach) Say() string {
	return step.Say("mount", "--rbind", "-o", "nosuid,nodev,noexec", "/proc/"+strconv.Itoa(s.tree.target.PID)+"/root", Seen)
}

// memory is a folder in memory, for what tools write (tmpfs(5)).
type memory struct {
	step.Final
	at, mode string
}

func (s memory) Do() error {
	if err := unix.Mount("tmpfs", s.at, "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode="+s.mode); err != nil {
		return fmt.Errorf("%s: mount tmpfs: %w", s.at, err)
	}
	return nil
}

func (s memory) Say() string {
	return step.Say("mount", "-t", "tmpfs", "-o", "nosuid,noexec,mode="+s.mode, "tmpfs", s.at)
}

// toolNodes are the devices that tools cannot do without: no disk is among
// them.
var toolNodes = []struct {
	name         string
	major, minor uint32
}{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}

var toolLinks = []struct{ name, text string }{
	{"fd", "/proc/self/fd"}, {"stdin", "fd/0"}, {"stdout", "fd/1"}, {"stderr", "fd/2"}, {"ptmx", "pts/ptmx"},
}

// devices fills a new /dev. The terminals in it are the host's, for the one that
// the tools are on is.
type devices struct{ step.Final }

func (devices) Do() error {
	terminals, err := unix.OpenTree(unix.AT_FDCWD, "/dev/pts", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("/dev/pts: copy its mount: %w", err)
	}
	defer unix.Close(terminals)
	attr := unix.MountAttr{Attr_clr: hostLoses, Attr_set: unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC}
	if err := unix.MountSetattr(terminals, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return fmt.Errorf("/dev/pts: make its copy writable: %w", err)
	}
	if err := (memory{at: "/dev", mode: "755"}).Do(); err != nil {
		return err
	}
	for _, n := range toolNodes {
		if err := unix.Mknod("/dev/"+n.name, unix.S_IFCHR|0o666, int(unix.Mkdev(n.major, n.minor))); err != nil {
			return fmt.Errorf("/dev/%s: make device: %w", n.name, err)
		}
		if err := unix.Fchmodat(unix.AT_FDCWD, "/dev/"+n.name, 0o666, 0); err != nil { // whatever the umask is
			return fmt.Errorf("/dev/%s: let all use it: %w", n.name, err)
		}
	}
	for _, l := range toolLinks {
		if err := unix.Symlink(l.text, "/dev/"+l.name); err != nil {
			return fmt.Errorf("/dev/%s: %w", l.name, err)
		}
	}
	if err := unix.Mkdir("/dev/pts", 0o755); err != nil {
		return fmt.Errorf("/dev/pts: %w", err)
	}
	if err := unix.MoveMount(terminals, "", unix.AT_FDCWD, "/dev/pts", unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("/dev/pts: attach the terminals: %w", err)
	}
	return nil
}

func (devices) Say() string {
	lines := []string{memory{at: "/dev", mode: "755"}.Say()}
	for _, n := range toolNodes {
		lines = append(lines, step.Say("mknod", "-m", "0666", "/dev/"+n.name, "c", fmt.Sprint(n.major), fmt.Sprint(n.minor)))
	}
	for _, l := range toolLinks {
		lines = append(lines, step.Say("ln", "-s", l.text, "/dev/"+l.name))
	}
	return strings.Join(append(lines, "# and the host's own /dev/pts"), "\n")
}
