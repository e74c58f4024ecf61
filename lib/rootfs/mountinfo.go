package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// mounted is one line of /proc/PID/mountinfo (proc(5)).
type mounted struct {
	id      string
	parent  string // the id of the mount that it is on
	shared  bool   // mounts that are made beneath it travel to others
	point   string
	kind    string // type of the file system
	follows bool   // mounts that others make beneath it arrive (mount_namespaces(7))

	device string   // MAJOR:MINOR of the file system
	root   string   // the part of the file system that is mounted
	flags  []string // of the mount
	source string
	data   []string // options of the file system
}

// mounts are those of this thread's namespace, oldest first.
func mounts() ([]mounted, error) {
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parsed(text)
}

// fromTheTop are those of this thread's namespace, as one sees them who is in no
// chroot: another thread goes to the namespace's own root, looks, and ends.
func fromTheTop() ([]mounted, error) {
	proc, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(proc)
	own, err := unix.Openat(proc, "thread-self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(own)
	var text []byte
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never let go
		err := errors.Join(unix.Unshare(unix.CLONE_FS), unix.Setns(own, unix.CLONE_NEWNS))
		if err == nil {
			text, err = readIn(proc, "thread-self/mountinfo")
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return nil, err
	}
	return parsed(text)
}

// readIn reads a file of an open folder.
func readIn(folder int, name string) ([]byte, error) {
	fd, err := unix.Openat(folder, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	return io.ReadAll(file)
}

// parsed reads the lines of mountinfo.
func parsed(text []byte) ([]mounted, error) {
	lines, err := mountinfo.GetMountsFromReader(bytes.NewReader(text), nil)
	var all []mounted
	for _, m := range lines {
		shared := strings.Contains(m.Optional, "shared:")
		one := mounted{
			id: strconv.Itoa(m.ID), parent: strconv.Itoa(m.Parent), point: m.Mountpoint, kind: m.FSType,
			shared: shared, follows: shared || strings.Contains(m.Optional, "master:"),
			device: fmt.Sprintf("%d:%d", m.Major, m.Minor), root: m.Root, flags: strings.Split(m.Options, ","), source: m.Source,
		}
		for option := range strings.SplitSeq(m.VFSOptions, ",") {
			one.data = append(one.data, unescape(option))
		}
		all = append(all, one)
	}
	return all, err
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
// backslash in an option of a file system, which mountinfo leaves as it is.
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
