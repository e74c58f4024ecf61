package privilege

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/raw"
)

// Limit is a resource limit (getrlimit(2)), soft and hard.
type Limit struct {
	Name string `json:"name"` // as ulimit of docker: nofile, core, …
	Soft uint64 `json:"soft"` // in bytes, seconds or pieces; the highest number is none
	Hard uint64 `json:"hard"`

	resource int
}

// NoCore keeps a crash from leaving a core file, and also from starting the
// host's own program for it as root: 1 is the size that stands for that
// (core(5)), while 0 counts for files alone.
var NoCore = Limit{Name: "core", Soft: 1, Hard: 1, resource: unix.RLIMIT_CORE}

// resources are the names that ulimit of docker has, which are those of
// getrlimit(2).
var resources = map[string]int{
	"as": unix.RLIMIT_AS, "core": unix.RLIMIT_CORE, "cpu": unix.RLIMIT_CPU, "data": unix.RLIMIT_DATA,
	"fsize": unix.RLIMIT_FSIZE, "locks": unix.RLIMIT_LOCKS, "memlock": unix.RLIMIT_MEMLOCK,
	"msgqueue": unix.RLIMIT_MSGQUEUE, "nice": unix.RLIMIT_NICE, "nofile": unix.RLIMIT_NOFILE,
	"nproc": unix.RLIMIT_NPROC, "rss": unix.RLIMIT_RSS, "rtprio": unix.RLIMIT_RTPRIO,
	"rttime": unix.RLIMIT_RTTIME, "sigpending": unix.RLIMIT_SIGPENDING, "stack": unix.RLIMIT_STACK,
}

// UnmarshalText takes NAME=SOFT[:HARD] as docker does, with unlimited or -1 for
// no limit. HARD is SOFT where it is not said.
func (l *Limit) UnmarshalText(text []byte) error {
	name, value, has := strings.Cut(string(text), "=")
	resource, known := resources[name]
	if !known || !has {
		return fmt.Errorf("%q: must be NAME=SOFT or NAME=SOFT:HARD, as nofile=1024:2048, with a NAME of getrlimit(2)", text)
	}
	soft, hard, two := strings.Cut(value, ":")
	if !two {
		hard = soft
	}
	limit := Limit{Name: name, resource: resource}
	if bad := errors.Join(parse(soft, &limit.Soft), parse(hard, &limit.Hard)); bad != nil {
		return fmt.Errorf("%q: is no number, nor unlimited", text)
	}
	if limit.Soft > limit.Hard {
		return fmt.Errorf("%q: the soft limit is higher than the hard one", text)
	}
	*l = limit
	return nil
}

func parse(word string, n *uint64) (err error) {
	if word == "unlimited" || word == "infinity" || word == "-1" {
		*n = unix.RLIM_INFINITY
		return nil
	}
	*n, err = strconv.ParseUint(word, 10, 64)
	return err
}

// String is what it was read from.
func (l Limit) String() string {
	return l.Name + "=" + number(l.Soft) + ":" + number(l.Hard)
}

// MarshalText is String.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

func number(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

func (l Limit) call() raw.Call {
	call := raw.New("ulimit "+l.String(), unix.SYS_PRLIMIT64, 0, uintptr(l.resource))
	return raw.Pointing(call, 2, &unix.Rlimit{Cur: l.Soft, Max: l.Hard})
}

// killable takes back what spares the caller when memory is out
// (proc_pid_oom_score_adj(5)): its container is not to outlive others for it.
func (s Spec) killable() (raw.Calls, error) {
	if !s.Killable {
		return nil, nil
	}
	const path = "/proc/self/oom_score_adj"
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // no /proc here: the command cannot change it either
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !strings.HasPrefix(string(text), "-") {
		return nil, nil
	}
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return raw.Calls{raw.Write("oom_score_adj", fd, "0")}, nil
}
