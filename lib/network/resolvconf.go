package network

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// maxResolvConf is the most of a resolv.conf(5) that is read, in bytes: it may be
// a hostile container's.
const maxResolvConf = 1 << 16

// resolvConf is the text of the file that counts inside, and how it is called.
func (k *checkup) resolvConf() (text, from string, err error) {
	pid, err := resident(k.in.fd)
	if err != nil {
		return "", "", err
	}
	if pid != "" {
		text, err = readIn("/proc/"+pid+"/root", "etc/resolv.conf")
		if err == nil {
			return text, "/etc/resolv.conf of process " + pid, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !gone(err) {
			return "", "", fmt.Errorf("/etc/resolv.conf of process %s: %w", pid, err)
		}
	}
	if k.c != nil {
		own := "/etc/netns/" + string(k.c.Name) + "/resolv.conf"
		if text, err := readIn("/", own); err == nil {
			return text, own, nil
		}
	}
	text, err = readIn("/", "/etc/resolv.conf")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return text, "/etc/resolv.conf", err
}

// readIn reads a plain file below a root, out of which no symbolic link leads.
func readIn(root, path string) (string, error) {
	at, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(at)
	fd, err := unix.Openat2(at, strings.TrimPrefix(path, "/"), &unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return "", err
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, errors.New("is no plain file"))
	}
	text, err := io.ReadAll(io.LimitReader(file, maxResolvConf))
	return string(text), err
}

// resident is a process in the namespace that has another root than this one;
// empty when there is none.
func resident(netns int) (string, error) {
	var at, own unix.Stat_t
	if err := unix.Fstat(netns, &at); err != nil {
		return "", err
	}
	if err := unix.Stat("/proc/self/root/.", &own); err != nil {
		return "", err
	}
	processes, err := numbers("/proc")
	if err != nil {
		return "", err
	}
	for _, process := range processes {
		var there, root unix.Stat_t
		if unix.Stat(process+"/ns/net", &there) != nil || there.Ino != at.Ino || there.Dev != at.Dev {
			continue
		}
		if unix.Stat(process+"/root/.", &root) == nil && (root.Ino != own.Ino || root.Dev != own.Dev) {
			return strings.TrimPrefix(process, "/proc/"), nil
		}
	}
	return "", nil
}
