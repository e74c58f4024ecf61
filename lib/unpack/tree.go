package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// tree is the root file system that is made. Nobody else is in it.
type tree struct {
	fd      int
	devices bool
	result  *Result
	tell    func()

	folders map[string]*member // what is known of each folder, for the end
	skipped map[string]bool    // device nodes
	parent  string             // the folder that the last member was in, and is open
	open    int
	buf     []byte
}

func newTree(fd int, s Spec, r *Result) *tree {
	return &tree{
		fd: fd, devices: s.Devices, result: r, tell: func() { s.Progress.tell(r) },
		folders: map[string]*member{}, skipped: map[string]bool{},
		parent: ".", open: fd, buf: make([]byte, chunk),
	}
}

func (t *tree) close() {
	if t.open != t.fd {
		unix.Close(t.open)
	}
}

// beneath opens a path of the tree: the kernel sees to it that no symbolic link
// is on the way, and that it does not lead out (openat2(2)).
func (t *tree) beneath(p string, flags int) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	}
	// EAGAIN: something was renamed somewhere, the kernel could not be sure.
	for try := 0; ; try++ {
		fd, err := unix.Openat2(t.fd, p, &how)
		if err == nil || try == 100 || !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// folder opens the folder of a path, made where no member has said so far what
// it is. The one of the last call stays open: members of a folder mostly come
// together. None that was ever made goes away again.
func (t *tree) folder(p string) (int, error) {
	if p == t.parent {
		return t.open, nil
	}
	fd, err := t.beneath(p, unix.O_PATH|unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOENT) {
		var above int
		if above, err = t.folder(path.Dir(p)); err != nil {
			return -1, err
		}
		if err = unix.Mkdirat(above, path.Base(p), 0o755); err == nil {
			fd, err = t.beneath(p, unix.O_PATH|unix.O_DIRECTORY)
		}
	}
	if err != nil {
		return -1, whyParent(p, err)
	}
	t.close()
	t.parent, t.open = p, fd
	return fd, nil
}

// add makes what a member says.
func (t *tree) add(m *member, a *archive) error {
	t.result.Members++
	if m.Typeflag == tar.TypeDir {
		return t.addFolder(m)
	}
	if m.path == "." {
		return errors.New("the root can only be a folder")
	}
	if t.skips(m) {
		return nil
	}
	above, err := t.folder(path.Dir(m.path))
	if err != nil {
		return err
	}
	if m.Typeflag == tar.TypeLink {
		return t.link(m)
	}
	name := path.Base(m.path)
	if m.Typeflag == tar.TypeReg || m.Typeflag == tar.TypeGNUSparse || m.Typeflag == tar.TypeCont {
		return t.file(above, name, m, a)
	}
	make, err := maker(m)
	if err != nil {
		return err
	}
	if err := t.replace(above, name, func() error { return make(above, name) }); err != nil {
		return err
	}
	return t.attributes(above, name, m)
}

// skips tells that a member is a device node, which is not wanted, or a link to
// one.
func (t *tree) skips(m *member) bool {
	if t.devices {
		return false
	}
	target := path.Clean(m.Linkname)
	device := m.Typeflag == tar.TypeChar || m.Typeflag == tar.TypeBlock
	if device || m.Typeflag == tar.TypeLink && t.skipped[target] {
		t.skipped[m.path] = true
		t.result.Devices++
		return true
	}
	delete(t.skipped, m.path)
	return false
}

// maker makes what has no content.
func maker(m *member) (func(folder int, name string) error, error) {
	kind := map[byte]uint32{tar.TypeFifo: unix.S_IFIFO, tar.TypeChar: unix.S_IFCHR, tar.TypeBlock: unix.S_IFBLK}[m.Typeflag]
	switch {
	case m.Typeflag == tar.TypeSymlink:
		return func(folder int, name string) error { return unix.Symlinkat(m.Linkname, folder, name) }, nil
	case kind == 0:
		return nil, fmt.Errorf("its type %q is not known", m.Typeflag)
	}
	device := unix.Mkdev(uint32(m.Devmajor), uint32(m.Devminor))
	return func(folder int, name string) error { return unix.Mknodat(folder, name, kind|0o600, int(device)) }, nil
}

// replace makes something. Of two with one name the later one counts, but a
// folder stays.
func (t *tree) replace(folder int, name string, make func() error) error {
	err := make()
	if !errors.Is(err, unix.EEXIST) {
		return err
	}
	err = unix.Unlinkat(folder, name, 0)
	if errors.Is(err, unix.EISDIR) {
		return errors.New("is a folder already, by an earlier member")
	}
	if err != nil {
		return err
	}
	return make()
}

// addFolder makes a folder, or says more of one that is there.
func (t *tree) addFolder(m *member) error {
	t.folders[m.path] = m
	if m.path == "." {
		return nil
	}
	above, err := t.folder(path.Dir(m.path))
	if err != nil {
		return err
	}
	name := path.Base(m.path)
	make := func() error { return unix.Mkdirat(above, name, 0o700) }
	if err := make(); !errors.Is(err, unix.EEXIST) {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstatat(above, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return nil
	}
	return t.replace(above, name, make)
}

// link makes a hard link. What it leads to must be a member before it.
func (t *tree) link(m *member) error {
	target, err := clean(m.Linkname)
	if err != nil {
		return err
	}
	if target == m.path {
		return nil
	}
	from, err := t.beneath(path.Dir(target), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return whyParent(path.Dir(target), err)
	}
	defer unix.Close(from)
	err = t.replace(t.open, path.Base(m.path), func() error {
		return unix.Linkat(from, path.Base(target), t.open, path.Base(m.path), 0)
	})
	switch {
	case errors.Is(err, unix.ENOENT):
		return errors.New("there is no such member before it")
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("what it leads to cannot have one (a folder?): %w", err)
	}
	return err
}

// file makes a regular file.
func (t *tree) file(folder int, name string, m *member, a *archive) (err error) {
	fd := -1
	err = t.replace(folder, name, func() (err error) {
		fd, err = unix.Openat(folder, name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		return err
	})
	if err != nil {
		return err
	}
	if m.sparse {
		err = t.pour(fd, m, a)
	} else {
		err = t.copy(fd, a.tar.Read)
	}
	if err == nil {
		err = t.own(object{fd: fd}, m)
	}
	return errors.Join(err, unix.Close(fd)) // who writes over a network is told here
}

// finish gives the folders what would not have lasted, or would have kept us
// out, while members came into them.
func (t *tree) finish() error {
	if t.folders["."] == nil {
		own := &tar.Header{Name: ".", Mode: 0o755, Uid: os.Geteuid(), Gid: os.Getegid()}
		t.folders["."] = &member{Header: own, path: "."}
	}
	return t.settle()
}
