//go:build !vm

package crash

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"mini-container/test/testenv"
)

// faults are the system calls that matter, and the errors of their man pages
// that a full, busy or forbidding machine gives.
var faults = map[string][]string{
	"bind":              {"ENOMEM"},
	"capget":            {"EPERM"},
	"capset":            {"EPERM"},
	"chdir":             {"ENOMEM", "EACCES"},
	"chroot":            {"EPERM"},
	"clone3":            {"EAGAIN", "ENOMEM", "EBUSY"},
	"close_range":       {"ENOMEM"},
	"dup3":              {"EBUSY", "EMFILE"},
	"execve":            {"ENOMEM", "EMFILE"},
	"faccessat":         {"ENOMEM"},
	"fchdir":            {"EACCES"},
	"fchmod":            {"EPERM", "EIO"},
	"fchmodat":          {"EPERM"},
	"fchownat":          {"EPERM", "EDQUOT"},
	"flock":             {"EINTR", "ENOLCK"},
	"fsconfig":          {"ENOMEM", "EBUSY"},
	"fsmount":           {"EMFILE", "EPERM"},
	"fsopen":            {"EMFILE", "EPERM"},
	"fstat":             {"ENOMEM"},
	"fstatfs":           {"ENOMEM"},
	"ftruncate":         {"EFBIG", "ENOSPC"},
	"getdents64":        {"ENOMEM"},
	"getsockname":       {"ENOBUFS"},
	"getsockopt":        {"ENOMEM"},
	"getxattr":          {"ENOMEM"},
	"io_uring_register": {"EMFILE"},
	"io_uring_setup":    {"EPERM", "ENOSYS"},
	"inotify_add_watch": {"ENOSPC", "ENOMEM"},
	"inotify_init1":     {"EMFILE"},
	"ioctl":             {"EPERM"},
	"keyctl":            {"EDQUOT", "ENOMEM"},
	"linkat":            {"EMLINK", "ENOSPC"},
	"memfd_create":      {"EMFILE", "ENOMEM"},
	"mkdirat":           {"ENOSPC", "EPERM"},
	"mknodat":           {"ENOSPC", "EPERM"},
	"mount":             {"ENOMEM", "EPERM"},
	"mount_setattr":     {"ENOMEM", "EPERM"},
	"move_mount":        {"ENOMEM", "EPERM"},
	"newfstatat":        {"ENOMEM"},
	"openat":            {"EMFILE", "ENOMEM", "EINTR"},
	"openat2":           {"EMFILE", "EAGAIN"},
	"open_tree":         {"EMFILE", "ENOMEM"},
	"pidfd_open":        {"EMFILE", "ENOMEM"},
	"pidfd_send_signal": {"EPERM"},
	"pipe2":             {"EMFILE"},
	"pivot_root":        {"EBUSY", "EPERM"},
	"ppoll":             {"EINTR"},
	"prctl":             {"EINVAL"},
	"pwrite64":          {"ENOSPC", "EIO"},
	"read":              {"EINTR", "EIO"},
	"readlinkat":        {"ENOMEM"},
	"recvfrom":          {"ENOBUFS", "ENOMEM"}, // no EINTR: the sockets do not block
	"recvmsg":           {"ENOBUFS", "ENOMEM"},
	"seccomp":           {"ENOMEM", "EINVAL"},
	"renameat":          {"EXDEV", "ENOSPC"},
	"sendmsg":           {"ENOBUFS", "EPERM"},
	"sendto":            {"ENOBUFS", "EPERM"},
	"setgroups":         {"EPERM", "ENOMEM"},
	"sethostname":       {"EPERM"},
	"setns":             {"EPERM", "ENOMEM"},
	"setresgid":         {"EPERM", "EAGAIN"},
	"setresuid":         {"EPERM", "EAGAIN"},
	"setsockopt":        {"ENOMEM"},
	"setxattr":          {"ENOSPC", "ENOMEM"}, // without the permission a parent stays
	"socket":            {"EMFILE", "ENOMEM"},
	"statx":             {"ENOMEM", "EACCES"},
	"symlinkat":         {"ENOSPC", "EPERM"},
	"umount2":           {"EBUSY", "EPERM"},
	"unlinkat":          {"EBUSY", "EPERM"},
	"unshare":           {"ENOSPC", "EPERM"},
	"utimensat":         {"EPERM", "EROFS"},
	"wait4":             {"EINTR"},
	"write":             {"ENOSPC", "EINTR"},
}

// again are the calls whose EINTR is no failure. Of the others that have one it
// is of a file system in user space, and may be said.
var again = []string{"flock", "ppoll", "read", "wait4"}

// spared are the calls that are not failed, and why.
var spared = map[string]string{
	"connect dup2 getgid getpgrp lseek sysinfo writev pselect6 pipe vfork":                           "bash's, or the command's",
	"access arch_prctl mprotect set_robust_list set_tid_address rseq brk":                            "the C library's, in other programs",
	"clone clone3 exit futex gettid madvise mmap munmap nanosleep sched_getaffinity sched_yield":     "Go's runtime cannot live without threads and memory",
	"epoll_create1 epoll_ctl epoll_pwait eventfd2 fcntl getrandom pread64 prlimit64 restart_syscall": "Go's runtime: those of files that cannot block fail already",
	"rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack tgkill":                                    "Go's runtime cannot live without signals",
	"exit_group getegid geteuid getpid getppid getrlimit getuid umask uname":                         "cannot fail (man pages)",
	"close":       "the descriptor is closed whatever it says (close(2))",
	"kill setsid": "of a child that was just forked: cannot fail there",
	"waitid":      "Go asks by it once whether there are pidfds",
}

// made is a line of strace: the thread, and the call that it begins.
var made = regexp.MustCompile(`(?m)^(\d+) +([a-z_0-9]+)\(`)

// calls gives each system call of the usage, with how often a thread makes it,
// and what shows that the work was done.
func (p *place) calls(u usage) (most map[string]int, work string) {
	p.t.Helper()
	r := p.do(u.traced("-o calls.log"))
	if r.status != 0 {
		p.t.Fatalf("%s: %+v", u.call, r)
	}
	work = p.work(u, r)
	log, err := os.ReadFile(filepath.Join(p.dir, "calls.log"))
	if err != nil {
		p.t.Fatal(err)
	}
	each := map[string]int{}
	most = map[string]int{}
	for _, m := range made.FindAllStringSubmatch(string(log), -1) {
		// A thread that is killed on its way into a call shows a negative number,
		// here -ERESTARTSYS.
		if strings.HasPrefix(m[2], "syscall_0xffffffff") {
			continue
		}
		each[m[1]+m[2]]++
		most[m[2]] = max(most[m[2]], each[m[1]+m[2]])
	}
	return most, work
}

// figures differ from one look to the next.
var figures = regexp.MustCompile(`fe80::[0-9a-f:]+|0x[0-9a-f]{32}|([0-9a-f]{2}:)+[0-9a-f]{2}|[0-9][0-9.]*([KM]iB|B)?`)

// work is what shows that a usage has done its work: its output, and what the
// kernel has then.
func (p *place) work(u usage, r result) string {
	p.t.Helper()
	if u.looks {
		return figures.ReplaceAllString(r.stdout, "N")
	}
	if u.proof == "" {
		return r.stdout
	}
	return r.stdout + p.must(u.proof).stdout
}

// traced is the usage under strace. It lets go of a tool that becomes the
// command: what fails in there is not ours.
func (u usage) traced(options string) string {
	if u.verb != script {
		options = "-b execve " + options
	}
	return strings.TrimSpace(u.within + " strace -f -qq " + options + " " + u.call)
}

// whole tells that the long run is wanted: every call, each time, every error.
func whole() bool { return os.Getenv("FAULTS") == "all" }

// TestSyscalls fails the system calls of each verb one by one. Either the verb
// does its work in spite of that, or it says one line and nothing is left.
func TestSyscalls(t *testing.T) {
	if missing, err := testenv.Need("strace"); err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	var table table
	t.Cleanup(func() { table.log(t) })
	for i, u := range usages {
		t.Run(fmt.Sprintf("%d-%s", i, strings.ReplaceAll(u.verb, " ", "-")), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			if u.verb == script {
				p.must(neighbour)
				defer p.do("mc-net down --wait neighbour")
			}
			start := p.host.State()
			if u.before != "" {
				p.must(u.before)
			}
			most, work := p.calls(u)
			p.cleaned(u, start, "nothing")
			if strings.Contains(u.call, "--userns") {
				// It would hit the child too, which lets no signal in and could
				// not say what went wrong.
				delete(most, "write")
				delete(most, "read")
			}
			for _, call := range slices.Sorted(maps.Keys(most)) {
				for _, f := range p.plan(u, call, most[call]) {
					if p.fault(u, start, work, f) {
						table.add(call, f.err)
					}
				}
			}
		})
	}
}

// plan are the errors to inject in a call and, of those that a thread makes,
// in which one: the last of them with the first error, or all.
func (p *place) plan(u usage, call string, times int) (all []injection) {
	errors, known := faults[call]
	if !known {
		for names := range spared {
			if slices.Contains(strings.Fields(names), call) {
				return nil
			}
		}
		if u.verb != script { // there it may be of any program
			p.t.Errorf("%s: is neither failed nor spared", call)
		}
		return nil
	}
	if !whole() {
		return []injection{{call, errors[times%len(errors)], fmt.Sprint(times)}}
	}
	const enough = 150 // more are of a loop that waits, and makes the same again and again
	for _, err := range errors {
		for n := 1; n <= min(times, enough); n++ {
			all = append(all, injection{call, err, fmt.Sprint(n)})
		}
	}
	return all
}

// injection is an error of a call, when a thread makes it for that time.
type injection struct{ call, err, time string }

func (f injection) options() string {
	return fmt.Sprintf("-o fault.log -e trace=%[1]s -e inject=%[1]s:error=%[2]s:when=%[3]s", f.call, f.err, f.time)
}

// ofRuntime is said of a write to the runtime's own eventfd, which cannot fail.
var ofRuntime = regexp.MustCompile(`^runtime: netpollBreak write failed`)

// mute is a second fault: strace counts for each thread, and this one was to say
// what had failed in another.
var mute = regexp.MustCompile(`write\(2, .*INJECTED`)

// noScript is bash that cannot look at its script, and takes it for an empty one.
var noScript = regexp.MustCompile(`newfstatat\(255, .*INJECTED`)

// ofCommand is the command's own answer: it ran, and if nothing came of it, that
// was what failed.
var ofCommand = regexp.MustCompile(`write\(1, "host-1\\n"`)

// injected are the calls that were made to fail.
var injected = regexp.MustCompile(`(?m)^.*\(INJECTED\)$`)

// fault injects one error, and tells whether it hit: threads differ from run to
// run.
func (p *place) fault(u usage, start, work string, f injection) (hit bool) {
	p.t.Helper()
	if u.before != "" {
		p.must(u.before)
	}
	ready := p.host.State()
	at := fmt.Sprintf("%s: %s of %s %s", u.call, f.err, f.call, f.time)
	r := p.do(u.traced(f.options()))
	log, err := os.ReadFile(filepath.Join(p.dir, "fault.log"))
	silenced := u.verb == script && r.stdout == "" && ofCommand.Match(log)
	if ofRuntime.MatchString(r.stderr) || r.status == 125 && mute.Match(log) || silenced {
		p.cleaned(u, start, at)
		return false
	}
	p.judge(u, r, at)
	p.incomplete(u, r, at)
	if f.err == "EINTR" && slices.Contains(again, f.call) && r.status != 0 && u.verb != script {
		p.t.Errorf("%s: not tried again: %+v", at, r)
	}
	if r.status == 0 && !noScript.Match(log) {
		if did := p.work(u, r); did != work {
			p.t.Errorf("%s: %+v, but it did\n%s\nand not\n%s", at, r, did, work)
		}
	}
	if r.status != 0 && !u.removes && u.verb != script {
		if is, ok := p.settles(ready); !ok {
			if len(injected.FindAll(log, -1)) > 1 { // what undoes it has failed too, in another thread
				p.cleaned(u, start, at)
				return false
			}
			p.t.Errorf("%s: %+v: the state is\n%s\nand was\n%s", at, r, is, ready)
		}
	}
	if r.status != 0 {
		p.works(u, at)
	}
	p.cleaned(u, start, at)
	return err == nil && strings.Contains(string(log), "(INJECTED)")
}

// judge looks at how a call ended in which something failed.
func (p *place) judge(u usage, r result, at string) {
	p.t.Helper()
	lines := strings.Count(r.stderr, "\n")
	clear := lines == 1 && r.status >= 125 && r.status <= 127 || u.verb == script
	if r.status == 0 {
		clear = lines == 0 || u.verb == script
	}
	if !clear || r.hung || strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "runtime:") {
		p.t.Errorf("%s: %+v", at, r)
	}
}

// table counts what was injected.
type table struct {
	lock  sync.Mutex
	count map[string]int
}

func (s *table) add(call, err string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.count == nil {
		s.count = map[string]int{}
	}
	s.count[call+" "+err]++
}

func (s *table) log(t *testing.T) {
	s.lock.Lock()
	defer s.lock.Unlock()
	total := 0
	rows := map[string]string{}
	for _, what := range slices.Sorted(maps.Keys(s.count)) {
		call, err, _ := strings.Cut(what, " ")
		rows[call] += fmt.Sprintf("%9s %5d", err, s.count[what])
		total += s.count[what]
	}
	for _, call := range slices.Sorted(maps.Keys(rows)) {
		t.Logf("%-20s%s", call, rows[call])
	}
	verdict := "all clean"
	if t.Failed() {
		verdict = "not all clean"
	}
	t.Logf("%d calls failed: %s", total, verdict)
}
