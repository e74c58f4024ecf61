//go:build !vm

package crash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kills is how many a test makes: 50, or as many as KILLS says.
func kills(t *testing.T) int {
	t.Helper()
	if os.Getenv("KILLS") == "" {
		return 50
	}
	n, err := strconv.Atoi(os.Getenv("KILLS"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// long tells that the long run is wanted.
func long() bool { return os.Getenv("KILLS") != "" }

// furnished is a place in which others are at home: a container that lives,
// a namespace, a bridge, a pair and a group that somebody else made.
func furnished(t *testing.T) (p *place, start string) {
	t.Helper()
	p = newPlace(t)
	p.must("cp -a root root9; ip netns add foreign; ip link add br9 type bridge; ip link add foreign type veth peer name foreign9")
	p.must(`mini-container.sh root9 host-9 192.168.1.9 /bin/sh -c 'echo $$ >/alive; exec sleep 1000' </dev/null >/dev/null 2>&1 & echo $! >pid9
		until [ -e root9/alive ]; do sleep 0.01; done`)
	p.must(`mkdir "$(dirname "$(mc-cgroup show host-9 --json | jq -r .path)")/foreign"`)
	start = p.host.State()
	t.Cleanup(func() {
		p.must(`rmdir "$(dirname "$(mc-cgroup show host-9 --json | jq -r .path)")/foreign"`)
		p.must("kill -TERM $(cat pid9); while kill -0 $(cat pid9) 2>/dev/null; do sleep 0.01; done")
		p.must("ip netns delete foreign; ip link delete br9; ip link delete foreign; umount /run/netns")
	})
	return p, start
}

// victims are who is killed: of a script that runs.
var victims = []string{"script", "group", "descendant", "supervisor", "process 1"}

// TestKillAtRandom kills somebody at a random moment of a container's life.
// Then the same command works, or gc leaves nothing; what others have stays.
func TestKillAtRandom(t *testing.T) {
	const lanes = 4
	for lane := range lanes {
		t.Run(fmt.Sprint(lane), func(t *testing.T) {
			t.Parallel()
			p, start := furnished(t)
			life := p.life()
			hit := map[string]int{}
			for i := range kills(t)/lanes + 1 {
				victim := victims[(i+lane)%len(victims)]
				delay := time.Duration(rand.Int64N(int64(life)))
				if p.killed(victim, delay) {
					hit[victim]++
				}
				p.heals(fmt.Sprintf("the %s after %v", victim, delay), start, i%2 == 0)
			}
			t.Logf("killed in lives of %v: %v", life.Round(time.Millisecond), hit)
		})
	}
}

// life is how long a good one takes here.
func (p *place) life() time.Duration {
	p.t.Helper()
	p.must(container)
	begin := time.Now()
	for range 3 {
		p.must(container)
	}
	return time.Since(begin) / 3
}

// killed starts a container and kills the victim, if there is one just then,
// and waits for the script.
func (p *place) killed(victim string, delay time.Duration) (hit bool) {
	p.t.Helper()
	cmd := p.command("exec " + container)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	script := cmd.Process.Pid
	if victim == "supervisor" || victim == "process 1" { // they live for a part of it
		for end := time.Now().Add(delay * 2); pick(victim, script) == 0 && time.Now().Before(end); {
			time.Sleep(100 * time.Microsecond)
		}
		delay /= 10
	}
	time.Sleep(delay)
	switch victim {
	case "script":
		hit = syscall.Kill(script, syscall.SIGKILL) == nil
	case "group":
		hit = syscall.Kill(-script, syscall.SIGKILL) == nil
	default:
		if pid := pick(victim, script); pid > 0 {
			hit = syscall.Kill(pid, syscall.SIGKILL) == nil
		}
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(-script, syscall.SIGKILL)
		p.t.Errorf("the script hangs after the death of the %s after %v", victim, delay)
		<-ended
	}
	return hit
}

// pick finds a victim among the script's descendants.
func pick(victim string, script int) int {
	all := descendants(script)
	switch victim {
	case "supervisor":
		for _, pid := range all {
			if name(pid) == "mc-ns" {
				return pid
			}
		}
	case "process 1":
		for _, pid := range all {
			if name(parent(pid)) == "mc-ns" {
				return pid
			}
		}
	default:
		if len(all) > 0 {
			return all[rand.IntN(len(all))]
		}
	}
	return 0
}

// descendants are the children of all threads of a process, and theirs.
func descendants(of int) (all []int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", of)) // the pattern is well-formed
	for _, thread := range threads {
		out, _ := os.ReadFile(thread)
		for _, word := range strings.Fields(string(out)) {
			if pid, err := strconv.Atoi(word); err == nil {
				all = append(append(all, pid), descendants(pid)...)
			}
		}
	}
	return all
}

func name(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(text))
}

func parent(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	if words := strings.Fields(rest); len(words) > 1 {
		ppid, _ := strconv.Atoi(words[1])
		return ppid
	}
	return 0
}

// heals looks that the same command works at once, where it is asked to, and
// that gc leaves what was there at the start.
func (p *place) heals(at, start string, again bool) {
	p.t.Helper()
	if again {
		if r := p.do(container); r.status != 0 || r.stdout != "host-1\n" || r.stderr != "" {
			p.t.Errorf("the same command after the death of %s: %+v", at, r)
		}
	}
	var last string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if r := p.do("mini-container.sh --gc"); r.status != 0 || r.stderr != "" {
			p.t.Errorf("gc after the death of %s: %+v", at, r)
		}
		if last = p.host.State(); last == start {
			return
		}
	}
	p.t.Fatalf("after the death of %s gc leaves\n%s\nand there was\n%s", at, last, start)
}

// TestKillAtSteps kills each tool of the script before and after each of its
// steps: every one in the long run, each seventh else.
func TestKillAtSteps(t *testing.T) {
	for _, verb := range verbsOf(usage{verb: script}) {
		t.Run(strings.ReplaceAll(verb, " ", "-"), func(t *testing.T) {
			t.Parallel()
			p, start := furnished(t)
			count := 0
			for n, more := 1, true; more; n++ {
				for _, edge := range []string{"before", "after"} {
					at := fmt.Sprintf("%s %s %d", edge, verb, n)
					if !long() && n > 1 && n%7 != 0 {
						continue
					}
					r := p.do(container, "MC_FAULT="+at)
					more = r.status != 0
					if r.hung || more && r.status < 125 {
						p.t.Errorf("%s: %+v", at, r)
					}
					p.heals(at, start, more)
					count++
				}
			}
			t.Logf("%s: killed %d times", verb, count-2)
		})
	}
}

// TestKillEverySyscall kills a tool of the script at a system call of its own,
// by strace(1): finer than the steps.
func TestKillEverySyscall(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("needs strace")
	}
	calls := []string{"openat", "write", "sendto", "mount", "unshare", "setns", "execve", "mkdirat", "unlinkat", "move_mount"}
	for _, call := range calls {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			p, start := furnished(t)
			times := 3
			if long() {
				times = 30
			}
			for n := 1; n <= times; n++ {
				at := fmt.Sprintf("whoever calls %s for the %d. time", call, n)
				log := filepath.Join(p.dir, "kill.log")
				r := p.do(fmt.Sprintf("strace -f -qq -o %[1]s -e trace=%[2]s -e inject=%[2]s:signal=KILL:when=%[3]d %[4]s", log, call, n, container))
				if r.hung {
					p.t.Errorf("%s: %+v", at, r)
				}
				p.heals(at, start, n%2 == 0)
			}
		})
	}
}
