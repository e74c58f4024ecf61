package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// object is something that was made: an open file, or a name in a folder.
type object struct {
	fd   int
	name string // empty for the open file itself
}

// attributes gives owner, mode and time to what cannot be opened.
func (t *tree) attributes(folder int, name string, m *member) error {
	return t.own(object{folder, name}, m)
}

// own gives an object all that its header says, in the order in which one does
// not undo the other: chown(2) takes the setuid bit and security.capability
// away, and a mode that forbids to write forbids to set user attributes too.
func (t *tree) own(o object, m *member) error {
	owned, err := t.chown(o, m)
	if err != nil {
		return err
	}
	if err := t.xattrs(o, m); err != nil {
		return err
	}
	if m.Typeflag != tar.TypeSymlink { // which has none
		mode := uint32(m.Mode & 0o7777)
		if !owned {
			mode &^= unix.S_ISUID | unix.S_ISGID // of another owner they mean something else
		}
		if err := o.chmod(mode); err != nil {
			return fmt.Errorf("set mode: %w", err)
		}
	}
	return o.utimes(m)
}

// chown gives the object its owner, and tells whether it has it now. Only root
// can; in a user namespace some owners do not exist.
func (t *tree) chown(o object, m *member) (bool, error) {
	const nobody = math.MaxUint32 // chown(2): leave it as it is
	for _, id := range []int{m.Uid, m.Gid} {
		if id < 0 || id >= nobody {
			return false, fmt.Errorf("owner %d:%d: there is no such number", m.Uid, m.Gid)
		}
	}
	own := os.Geteuid()
	if own != 0 {
		if m.Uid != own || m.Gid != os.Getegid() {
			t.result.Owners++
		}
		return m.Uid == own && m.Gid == os.Getegid(), nil
	}
	err := unix.Fchownat(o.fd, o.name, m.Uid, m.Gid, unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH)
	if errors.Is(err, unix.EINVAL) {
		t.result.Owners++
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("set owner %d:%d: %w", m.Uid, m.Gid, err)
	}
	return true, nil
}

func (o object) chmod(mode uint32) error {
	if o.name == "" {
		return unix.Fchmod(o.fd, mode)
	}
	return unix.Fchmodat(o.fd, o.name, mode, 0) // it is no symbolic link
}

func (o object) utimes(m *member) error {
	if m.ModTime.IsZero() {
		return nil
	}
	at, err := unix.TimeToTimespec(m.ModTime)
	if err != nil {
		return fmt.Errorf("set time: %w", err)
	}
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, at}
	err = unix.UtimesNanoAt(o.fd, o.name, times, unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH)
	if err != nil {
		return fmt.Errorf("set time: %w", err)
	}
	return nil
}

// granted are the extended attributes that an archive may set (xattr(7)). The
// others are the host's: labels of its security modules, what overlayfs obeys.
var granted = []string{"user.", "security.capability", "system.posix_acl_access", "system.posix_acl_default"}

func grants(name string) bool {
	return !strings.HasPrefix(name, "user.overlay.") && slices.ContainsFunc(granted, func(g string) bool {
		return name == g || strings.HasSuffix(g, ".") && strings.HasPrefix(name, g)
	})
}

// xattrs sets those of the archive that may be, and that user and file system
// allow. The others are counted.
func (t *tree) xattrs(o object, m *member) error {
	for record, value := range m.PAXRecords {
		name, is := strings.CutPrefix(record, "SCHILY.xattr.")
		if !is {
			continue
		}
		if !grants(name) {
			t.result.Xattrs++
			continue
		}
		err := o.setxattr(name, []byte(value))
		switch {
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EPERM) && os.Geteuid() != 0,
			errors.Is(err, unix.EPERM) && o.name != "": // user attributes are for files and folders
			t.result.Xattrs++
		case err != nil:
			return fmt.Errorf("set attribute %s: %w", name, err)
		}
	}
	return nil
}

func (o object) setxattr(name string, value []byte) error {
	if o.name == "" {
		return unix.Fsetxattr(o.fd, name, value, 0)
	}
	fd, err := unix.Openat(o.fd, o.name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Setxattr(fmt.Sprintf("/proc/self/fd/%d", fd), name, value, 0)
}

// settle gives the folders what their headers say, innermost first.
func (t *tree) settle() error {
	paths := slices.Sorted(maps.Keys(t.folders)) // a folder before what is in it
	paths = slices.DeleteFunc(paths, func(p string) bool { return p == "." })
	for _, p := range slices.Backward(append([]string{"."}, paths...)) {
		fd, err := t.beneath(p, unix.O_RDONLY|unix.O_DIRECTORY)
		if err == nil {
			err = errors.Join(t.own(object{fd: fd}, t.folders[p]), unix.Close(fd))
		}
		if err != nil {
			return inMember(t.folders[p], err)
		}
	}
	return nil
}
