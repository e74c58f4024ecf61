package unpack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// place is the folder to be, and the one beside it that it is made in. The
// name of that is always the same, and its maker holds a lock on it (flock(2)):
// who finds it unlocked has found what a killed one left.
type place struct {
	above *os.File // the folder that holds both
	name  string   // of the wanted folder
	had   bool     // it is there, and empty
	fd    int      // the folder beside, -1 when it is not open
}

// newPlace looks at the wanted folder. A symbolic link to it may stay: what it
// leads to is replaced.
func newPlace(dir string) (*place, error) {
	dir, had, err := settled(dir)
	if err == nil && had {
		err = vacant(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	above, err := os.OpenFile(filepath.Dir(dir), unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Dir(dir), step.Cause(err))
	}
	return &place{above: above, name: filepath.Base(dir), had: had, fd: -1}, nil
}

// settled is the folder's path without a symbolic link at its end, and tells
// whether the folder is there. It stays relative where it can: who is not root
// may be in a folder to which no way leads from the top.
func settled(dir string) (path string, had bool, err error) {
	path = filepath.Clean(dir)
	if name := filepath.Base(path); name == "." || name == ".." {
		if path, err = filepath.Abs(path); err != nil {
			return dir, false, step.Cause(err)
		}
	}
	if _, err := os.Lstat(path); errors.Is(err, unix.ENOENT) {
		return path, false, nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path, false, step.Cause(err)
	}
	return real, true, nil
}

// vacant tells why a folder cannot be replaced.
func vacant(dir string) error {
	content, err := os.ReadDir(dir)
	if err != nil {
		return step.Cause(err)
	}
	if len(content) > 0 {
		return unix.ENOTEMPTY
	}
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, dir, 0, unix.STATX_TYPE, &st); err != nil {
		return err
	}
	if st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0 {
		return errors.New("is a mount point, which cannot be replaced: name a folder in it")
	}
	return nil
}

// work is the name of the folder beside.
func (p *place) work() string { return "." + p.name + ".unpack" }

// beside is its path.
func (p *place) beside() string { return filepath.Join(p.above.Name(), p.work()) }

// path is the path of the wanted folder.
func (p *place) path() string { return filepath.Join(p.above.Name(), p.name) }

// make makes the folder beside, and locks it. What a killed one left there goes.
func (p *place) make() error {
	for {
		err := unix.Mkdirat(int(p.above.Fd()), p.work(), 0o700)
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("make folder: %w", err)
		}
		made := err == nil
		if err := p.lock(); err != nil {
			if made && !errors.Is(err, errBusy) {
				err = errors.Join(err, unix.Unlinkat(int(p.above.Fd()), p.work(), unix.AT_REMOVEDIR))
			}
			return err
		}
		if p.current() {
			break
		}
		p.close() // its maker has renamed or removed it meanwhile
	}
	if err := removeIn(p.fd); err != nil {
		return errors.Join(fmt.Errorf("remove what is left of an earlier run: %w", err), p.close())
	}
	return nil
}

// lock opens the folder beside, and takes the lock on it.
func (p *place) lock() (err error) {
	p.fd, err = unix.Openat(int(p.above.Fd()), p.work(), unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		p.fd = -1
		return nil
	}
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	var st unix.Stat_t
	err = unix.Fstat(p.fd, &st)
	if err == nil && int(st.Uid) != os.Geteuid() {
		err = errors.New("is another user's: remove it")
	}
	if err == nil {
		err = flock(p.fd)
	}
	if err != nil {
		return errors.Join(err, p.close())
	}
	return nil
}

// close lets go of the folder beside, and of the lock.
func (p *place) close() (err error) {
	if p.fd >= 0 {
		err = unix.Close(p.fd)
	}
	p.fd = -1
	return err
}

var errBusy = errors.New("another mc-rootfs unpack is at work in it")

func flock(fd int) error {
	err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	for errors.Is(err, unix.EINTR) {
		err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errBusy
	}
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

// current tells whether the name still is that of the folder that is open.
func (p *place) current() bool {
	var open, named unix.Stat_t
	return unix.Fstat(p.fd, &open) == nil &&
		unix.Fstatat(int(p.above.Fd()), p.work(), &named, unix.AT_SYMLINK_NOFOLLOW) == nil &&
		open.Dev == named.Dev && open.Ino == named.Ino
}

// remove takes the folder beside away, with all that is in it.
func (p *place) remove() error {
	var err error
	if p.fd < 0 {
		err = p.lock()
	}
	if err == nil {
		err = removeIn(p.fd)
	}
	if err == nil {
		err = unix.Unlinkat(int(p.above.Fd()), p.work(), unix.AT_REMOVEDIR)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: remove: %w", p.beside(), err), p.close())
	}
	return p.close()
}

// folder is the step that makes the folder beside.
type folder struct{ *job }

func (s *folder) Do() error {
	s.stop = listen()
	if err := s.place.make(); err != nil {
		s.deaf()
		return fmt.Errorf("%s: %w", s.place.beside(), err)
	}
	return nil
}

func (s *folder) Undo() error {
	defer s.deaf()
	return s.place.remove()
}

func (s *folder) Say() string { return step.Say("mkdir", "-m", "0700", s.place.beside()) }

// rename is the step that gives the folder its name: that of nothing, or of an
// empty folder, by one act of the kernel.
type rename struct {
	*job
}

func (s *rename) Do() error {
	if err := s.stop.err(); err != nil {
		return fmt.Errorf("%s: %w", s.place.path(), err)
	}
	above := int(s.place.above.Fd())
	if err := unix.Renameat(above, s.place.work(), above, s.place.name); err != nil {
		return fmt.Errorf("%s: rename to %s: %w", s.place.beside(), s.place.name, err)
	}
	s.deaf()
	_ = s.place.close() // of a folder that is there, under its name
	return nil
}

func (s *rename) Undo() error {
	above := int(s.place.above.Fd())
	err := unix.Renameat(above, s.place.name, above, s.place.work())
	if err == nil && s.place.had {
		err = unix.Mkdirat(above, s.place.name, 0o755)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.place.path(), err)
	}
	return nil
}

func (s *rename) Say() string {
	return step.Say("mv", "--no-target-directory", s.place.beside(), s.place.path())
}
