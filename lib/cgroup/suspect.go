package cgroup

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// suspect is a process that was seen in a group when its memory ran short.
type suspect struct {
	pid    int
	fd     int    // pidfd, or -1
	inside int    // its number in its own PID namespace
	size   uint64 // its memory that nobody else can have, in bytes, when it was last seen
	comm   string
	how    end // once it is known
}

// end is how a process has ended.
type end int

const (
	notYet end = iota
	byKill
	otherwise
)

func newSuspect(pid int) *suspect {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil // it is gone, or nothing can be proved of it
	}
	return &suspect{pid: pid, fd: fd}
}

func (s *suspect) close() { _ = unix.Close(s.fd) }

// status is the file of /proc, if it is still this process's.
func (s *suspect) status() []byte {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.pid) + "/status")
	if err != nil || unix.PidfdSendSignal(s.fd, 0, nil, 0) != nil {
		return nil
	}
	return text
}

// look takes down what can be seen of it. One that is about to end has no memory
// any more.
func (s *suspect) look() {
	text := s.status()
	if text == nil {
		return
	}
	s.comm = strings.TrimPrefix(line(text, "Name:"), "\t")
	if numbers := strings.Fields(line(text, "NSpid:")); len(numbers) > 0 {
		s.inside, _ = strconv.Atoi(numbers[len(numbers)-1])
	}
	var size uint64
	for _, kind := range []string{"RssAnon:", "RssShmem:"} {
		kib, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(line(text, kind)), " kB"), 10, 64)
		size += kib << 10
	}
	if size > 0 {
		s.size = size
	}
}

// line is the rest of a line of /proc/PID/status.
func line(text []byte, key string) string {
	_, rest, _ := bytes.Cut(text, []byte("\n"+key))
	if bytes.HasPrefix(text, []byte(key)) {
		rest = text[len(key):]
	}
	value, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(value)
}

// end tells how it has ended, or is about to end: a SIGKILL that is on its way
// cannot be averted.
func (s *suspect) end() end {
	if s.how != notYet {
		return s.how
	}
	if code, known := s.exit(); known {
		s.how = otherwise
		if code == int(unix.SIGKILL) {
			s.how = byKill
		}
		return s.how
	}
	text := s.status()
	if text == nil {
		s.how = otherwise // reaped, and this kernel does not say how it ended
		return s.how
	}
	pending, _ := strconv.ParseUint(strings.TrimSpace(line(text, "ShdPnd:")), 16, 64)
	if pending&(1<<(unix.SIGKILL-1)) != 0 {
		s.how = byKill
	}
	return s.how
}

// pidfdInfo is struct pidfd_info as Linux 6.13 had it first (<linux/pidfd.h>).
type pidfdInfo struct {
	mask, cgroup uint64
	ids          [11]uint32
	exitCode     int32
}

const (
	pidfdGetInfo  = 3<<30 | uintptr(unsafe.Sizeof(pidfdInfo{}))<<16 | 0xff<<8 | 11 // _IOWR(0xFF, 11, …)
	pidfdInfoExit = 1 << 3
)

// exit is the wait status of a process that was reaped; Linux before 6.15 does
// not know it any more.
func (s *suspect) exit() (code int, known bool) {
	info := pidfdInfo{mask: pidfdInfoExit}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.fd), pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
	return int(info.exitCode), errno == 0 && info.mask&pidfdInfoExit != 0
}
