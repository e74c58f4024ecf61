package privilege

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// most is how much of a passwd or group file is read, in bytes: it is the
// root's, and may be as long as somebody likes.
const most = 1 << 20

// who looks the user and the groups up, and tells whether there is anything to
// change.
func (s Spec) who(root Root) (Who, bool, error) {
	if s.User == "" && len(s.Groups) == 0 && s.UserNS == 0 {
		return Who{}, false, nil
	}
	passwd, err := root("/etc/passwd")
	if err != nil {
		return Who{}, false, err
	}
	defer passwd.Close()
	group, err := root("/etc/group")
	if err != nil {
		return Who{}, false, err
	}
	defer group.Close()
	spec := s.User
	if spec == "" {
		spec = "0:0"
	}
	is, err := user.GetExecUser(spec, nil, passwd, group)
	if err != nil {
		return Who{}, false, fmt.Errorf("user %s: %w", spec, err)
	}
	who := Who{UID: is.Uid, GID: is.Gid, Groups: is.Sgids, Home: is.Home}
	if who.Home == "" {
		who.Home = "/"
	}
	if len(s.Groups) > 0 {
		more, err := s.more(root)
		if err != nil {
			return Who{}, false, err
		}
		who.Groups = append(who.Groups, more...)
	}
	return who, true, nil
}

// more are the groups that were asked for besides the user's own.
func (s Spec) more(root Root) ([]int, error) {
	group, err := root("/etc/group")
	if err != nil {
		return nil, err
	}
	defer group.Close()
	gids, err := user.GetAdditionalGroups(s.Groups, group)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	return gids, nil
}

// limited is a file of which no more than so much is read.
type limited struct {
	io.Reader
	io.Closer
}

// open opens a file of the root, which may be anything: one that is not there
// is empty, one that is no file is not opened.
func open(path string) (io.ReadCloser, error) {
	return In(func(path string) (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	})(path)
}

// In is a root whose files are opened so.
func In(root func(path string) (fd int, err error)) Root {
	return func(path string) (io.ReadCloser, error) { return plain(root, path) }
}

func plain(root func(string) (int, error), path string) (io.ReadCloser, error) {
	fd, err := root(path)
	if errors.Is(err, unix.ENOENT) {
		return limited{eof{}, io.NopCloser(nil)}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, errors.Join(fmt.Errorf("%s: is no regular file", path), f.Close())
	}
	return limited{io.LimitReader(f, most), f}, nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// calls change the user. The capabilities stay, for the calls after these to
// cut them.
func (w Who) calls() raw.Calls {
	groups := make([]uint32, len(w.Groups)+1) // never empty, for the pointer
	for i, g := range w.Groups {
		groups[i] = uint32(g)
	}
	uid, gid := uintptr(w.UID), uintptr(w.GID)
	set := raw.New("set the groups", unix.SYS_SETGROUPS, uintptr(len(w.Groups)))
	return raw.Calls{
		raw.Prctl("keep capabilities", unix.PR_SET_KEEPCAPS, 1, 0, 0, 0),
		raw.Pointing(set, 1, &groups[0]),
		raw.New(fmt.Sprintf("become group %d", gid), unix.SYS_SETRESGID, gid, gid, gid),
		raw.New(fmt.Sprintf("become user %d", uid), unix.SYS_SETRESUID, uid, uid, uid),
	}
}
