// Package nofile remembers the limit on open files that this process was
// started with. Go's syscall package raises it for itself when it is
// initialised, and gives it back only in its own ways of exec.
//
// This package imports nothing: it comes before syscall, because packages are
// initialised in the order of their paths as soon as their imports are (the Go
// specification, and cmd/link). A test holds that.
package nofile

// resource is RLIMIT_NOFILE, and limit is struct rlimit64 (prlimit(2)).
const resource = 7

type limit struct{ soft, hard uint64 }

var before = read()

func read() *limit {
	l := new(limit)
	if prlimit(resource, l) != 0 {
		return nil
	}
	return l
}

// Before gives the limits, soft and hard, and whether they are known.
func Before() (soft, hard uint64, known bool) {
	if before == nil {
		return 0, 0, false
	}
	return before.soft, before.hard, true
}
