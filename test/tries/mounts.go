package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// mounted tries a mount on a folder of its own.
func mounted(source, kind string, flags uintptr, data string) func() (string, error) {
	return func() (string, error) {
		folder, err := os.MkdirTemp("/tmp", "")
		if err != nil {
			return "", err
		}
		defer os.Remove(folder)
		if err := unix.Mount(source, folder, kind, flags, data); err != nil {
			return "", err
		}
		return kind, unix.Unmount(folder, unix.MNT_DETACH)
	}
}

func remounted(path string) func() (string, error) {
	return func() (string, error) {
		return path, unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND, "")
	}
}

// mounts are the ways to change what is mounted.
func mounts() []try {
	return []try{
		{"mount-tmpfs", mounted("none", "tmpfs", 0, "")},
		{"mount-proc", mounted("none", "proc", 0, "")},
		{"mount-sysfs", mounted("none", "sysfs", 0, "")},
		{"mount-cgroup", func() (string, error) {
			got, err := mounted("none", "cgroup2", 0, "")()
			if err != nil {
				got, err = mounted("none", "cgroup", 0, "memory")()
			}
			return got, err
		}},
		{"mount-bind", mounted("/", "", unix.MS_BIND, "")},
		{"fsopen", func() (string, error) {
			fd, err := unix.Fsopen("tmpfs", 0)
			return fmt.Sprint(fd), err
		}},
		{"open-tree", func() (string, error) {
			fd, err := unix.OpenTree(unix.AT_FDCWD, "/", unix.OPEN_TREE_CLONE)
			return fmt.Sprint(fd), err
		}},
		{"umount-masks", func() (string, error) { return "/proc/keys", unix.Unmount("/proc/keys", unix.MNT_DETACH) }},
		{"remount-proc-sys", remounted("/proc/sys")},
		{"remount-sys", remounted("/sys")},
		{"propagation", func() (string, error) { return "shared", unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, "") }},
		{"pivot-root", func() (string, error) {
			err := unix.PivotRoot("/", "/")
			if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EINVAL) {
				err = nil // it was allowed to try
			}
			return "is allowed", err
		}},
		{"ns-mount", unshared(unix.CLONE_NEWNS)},
		{"ns-user", unshared(unix.CLONE_NEWUSER)},
		{"ns-user-net", unshared(unix.CLONE_NEWUSER | unix.CLONE_NEWNET)},
		{"setns", func() (string, error) {
			fd, err := unix.Open("/proc/self/ns/net", unix.O_RDONLY, 0)
			if err != nil {
				return "", err
			}
			return "net", unix.Setns(fd, unix.CLONE_NEWNET)
		}},
		{"release-agent", func() (string, error) {
			return writable("/sys/fs/cgroup/*/release_agent", "/sys/fs/cgroup/release_agent")
		}},
		{"own-limits", func() (string, error) {
			return writable("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/*/memory.limit_in_bytes", "/sys/fs/cgroup/pids.max")
		}},
		{"leave-cgroup", func() (string, error) {
			return writable("/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/*/cgroup.procs")
		}},
	}
}

// unshared tries to start a process in new namespaces.
func unshared(flags uintptr) func() (string, error) {
	return func() (string, error) {
		cmd := exec.Command("/proc/self/exe", "none")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		err := cmd.Run()
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			err = nil // it ran
		}
		return "a process runs there", err
	}
}

// writable opens the first file that is there for writing, and writes nothing.
func writable(patterns ...string) (string, error) {
	failed := unix.ENOENT
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, path := range paths {
			fd, err := unix.Open(path, unix.O_WRONLY, 0)
			if err == nil {
				return path, unix.Close(fd)
			}
			failed, _ = err.(unix.Errno)
		}
	}
	return "", failed
}
