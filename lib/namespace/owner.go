package namespace

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// checkOwned refuses changes to a namespace that is not made for them: they
// would be made to the host's own.
func checkOwned(s Spec) error {
	for _, change := range []struct {
		asked, made bool
		file        string
		err         error
	}{
		{s.Hostname != "" || s.Domainname != "", s.UTS, "uts",
			errors.New("a host or domain name without --uts would rename the host itself")},
		{s.Propagation != "" && s.Propagation != unchanged, s.Mount, "mnt",
			errors.New("--propagation without --mount would change the host's own mounts")},
	} {
		if !change.asked || change.made {
			continue
		}
		owned, err := owned(change.file)
		if err != nil {
			return err
		}
		if !owned {
			return change.err
		}
	}
	return nil
}

// owned tells whether a namespace of this process belongs to its user
// namespace (NS_GET_USERNS, ioctl_ns(2)), and that is not the initial one:
// then it was made for us, and nothing that we change in it is the host's.
func owned(file string) (bool, error) {
	ns, err := os.Open("/proc/self/ns/" + file)
	if err != nil {
		return false, err
	}
	defer ns.Close()
	fd, err := unix.IoctlRetInt(int(ns.Fd()), unix.NS_GET_USERNS)
	if errors.Is(err, unix.EPERM) {
		return false, nil // it belongs to a user namespace above ours
	}
	if err != nil {
		return false, err
	}
	owner := os.NewFile(uintptr(fd), "user namespace")
	defer owner.Close()
	var its, ours unix.Stat_t
	if err := unix.Fstat(fd, &its); err != nil {
		return false, err
	}
	if err := unix.Stat("/proc/self/ns/user", &ours); err != nil {
		return false, err
	}
	// The initial user namespace has a fixed inode number (<linux/proc_ns.h>).
	const initial = 0xEFFFFFFD
	return its.Ino == ours.Ino && ours.Ino != initial, nil
}
