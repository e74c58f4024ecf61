package network

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// together runs n calls at once and gives their errors.
func together(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = call(i) })
	}
	all.Wait()
	return errs
}

func TestOfTwentyWithOneAddressOneWins(t *testing.T) {
	before := state(t)
	won := 0
	for i, err := range together(20, func(i int) error {
		return up(spec(t, fmt.Sprintf("same-%d", i), "192.168.1.2/24"))
	}) {
		switch {
		case err == nil:
			won++
			defer func() {
				if err := down(name.Name(fmt.Sprintf("same-%d", i))); err != nil {
					t.Error(err)
				}
				if after := state(t); strings.Replace(after, "folder "+name.Folder+"\n", "", 1) != strings.Replace(before, "folder "+name.Folder+"\n", "", 1) {
					t.Errorf("before %s\nafter %s", before, after)
				}
			}()
		case !strings.Contains(err.Error(), "address 192.168.1.2 is in use by same-"):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

// The altname is the lock even among those who do not hold ours.
func TestTheAltnameIsTheLockOnAnAddress(t *testing.T) {
	upFor(t, spec(t, "keeper", "192.168.1.9/24"))
	first, err := Up(spec(t, "host-1", "192.168.1.2/24"))
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	upFor(t, spec(t, "host-2", "192.168.1.2/24"))
	before := state(t)
	err = first.Steps.Run(step.Silent)
	if err == nil || !strings.Contains(err.Error(), "address 192.168.1.2 is in use by host-2") {
		t.Error(err)
	}
	if after := state(t); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// One removes the bridge while another is about to use it.
func TestBridgeOfThoseWhoComeAndGo(t *testing.T) {
	for _, err := range together(8, func(i int) error {
		s := spec(t, fmt.Sprintf("guest-%d", i), fmt.Sprintf("192.168.1.%d/24", 10+i))
		for range 5 {
			if err := up(s); err != nil {
				return err
			}
			if err := down(s.Name); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if links := ip(t, "-o", "link", "show", "type", "bridge"); links != "" {
		t.Error(links)
	}
}

func TestTheLockIsHeldAndFreed(t *testing.T) {
	unlock, err := Lock()
	if err != nil {
		t.Fatal(err)
	}
	if other := tryLock(t, 0); other == nil {
		t.Error("locked twice in one network namespace")
	}
	if other := tryLock(t, syscall.CLONE_NEWNET); other != nil {
		t.Error("not free in another network namespace:", other)
	}
	unlock()
	if other := tryLock(t, 0); other != nil {
		t.Error("not free after unlock:", other)
	}
}

// tryLock takes the lock in another process, as flock(1) does.
func tryLock(t *testing.T, flags uintptr) error {
	t.Helper()
	c := exec.Command("sh", "-c", "exec 9>"+lockFile+" && flock -n 9")
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: flags}
	return c.Run()
}

// The namespace's only process is killed, and nobody calls down.
func TestANameIsFreeSoonAfterItsNamespaceDied(t *testing.T) {
	for range 5 {
		s := spec(t, "mortal", "192.168.1.2/24")
		holder := exec.Command("sleep", "60")
		holder.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
		if err := holder.Start(); err != nil {
			t.Fatal(err)
		}
		path, err := ProcessNetns(holder.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		s.Netns = path
		if err := up(s); err != nil {
			t.Fatal(err)
		}
		_ = holder.Process.Kill()
		_ = holder.Wait()
		s.Netns = ""
		if err := up(s); err != nil {
			t.Fatal(err)
		}
		if err := down(s.Name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNameAndAddressAreFreeWhileAProcessLivesInside(t *testing.T) {
	s := spec(t, "haunted", "192.168.1.2/24")
	if err := up(s); err != nil {
		t.Fatal(err)
	}
	// With Pdeathsig it would end with the thread that starts it, and down has
	// threads that end.
	ghost := exec.Command("nsenter", "--net="+s.Name.Netns(), "sleep", "60")
	if err := ghost.Start(); err != nil {
		t.Fatal(err)
	}
	haunts(t, ghost.Process.Pid, s.Name.Netns())
	if err := down(s.Name); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(ip(t, "link"), "mc~") {
		t.Error("the ghost has no link: the test shows nothing")
	}
	if err := up(s); err != nil {
		t.Error(err)
	}
	if err := down(s.Name); err != nil {
		t.Error(err)
	}
	_ = ghost.Process.Kill()
	_ = ghost.Wait()
	settle(t)
}

// haunts waits until the process is in the namespace.
func haunts(t *testing.T, pid int, netns string) {
	t.Helper()
	var at, in unix.Stat_t
	for range 1000 {
		err := errors.Join(unix.Stat(netns, &at), unix.Stat(fmt.Sprintf("/proc/%d/ns/net", pid), &in))
		if err == nil && at.Ino == in.Ino {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the process does not come in")
}

func TestDownOfWhateverIsThere(t *testing.T) {
	half := map[string]func(t *testing.T, s Spec){
		"nothing": func(t *testing.T, s Spec) { _ = down(s.Name) },
		"namespace unlinked": func(t *testing.T, s Spec) {
			_ = unix.Unmount(s.Name.Netns(), unix.MNT_DETACH)
			_ = os.Remove(s.Name.Netns())
		},
		"rotten":       func(t *testing.T, s Spec) { _ = unix.Unmount(s.Name.Netns(), unix.MNT_DETACH) },
		"link deleted": func(t *testing.T, s Spec) { ip(t, "link", "delete", s.Name.Link()) },
		"no altnames": func(t *testing.T, s Spec) {
			for _, altname := range handleNames(s.Name.Altname(), s.Addresses) {
				ip(t, "link", "property", "del", "dev", s.Name.Link(), "altname", altname)
			}
			ip(t, "link", "set", s.Name.Link(), "alias", "")
		},
		"off the bridge": func(t *testing.T, s Spec) { ip(t, "link", "set", s.Name.Link(), "nomaster") },
		"renamed": func(t *testing.T, s Spec) {
			ip(t, "link", "set", s.Name.Link(), "down")
			ip(t, "link", "set", s.Name.Link(), "name", "other")
		},
	}
	for what, spoil := range half {
		t.Run(what, func(t *testing.T) {
			s := spec(t, "half", "192.168.1.2/24")
			if err := up(s); err != nil {
				t.Fatal(err)
			}
			spoil(t, s)
			for range 2 {
				if err := down(s.Name); err != nil {
					t.Fatal(err)
				}
			}
			for range 100 { // a namespace that ended by itself takes its time
				if ip(t, "-o", "link", "show", "type", "veth") == "" {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if what == "off the bridge" {
				return // nobody can tell that this bridge was the link's
			}
			if links := ip(t, "-o", "link", "show", "type", "bridge"); links != "" {
				t.Error(links)
			}
			if _, err := os.Lstat(s.Name.Netns()); !os.IsNotExist(err) {
				t.Error(s.Name.Netns(), err)
			}
		})
	}
}

func TestNoThreadIsLeftInAContainersNamespace(t *testing.T) {
	own, err := os.Readlink(ownNetns)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		upFor(t, spec(t, fmt.Sprintf("host-%d", i), fmt.Sprintf("192.168.1.%d/24", 10+i)))
	}
	strayed := func() (stray []string) {
		tasks, _ := filepath.Glob("/proc/self/task/*/ns/net")
		for _, task := range tasks {
			if there, err := os.Readlink(task); err == nil && there != own {
				stray = append(stray, task)
			}
		}
		return stray
	}
	for range 100 { // a thread that is about to die is none
		if len(strayed()) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error(strayed())
}

// A list during which something changes must not lose what stays.
func TestAListDuringChangesIsWhole(t *testing.T) {
	upFor(t, spec(t, "keeper", "192.168.1.9/24"))
	done := make(chan error)
	go func() {
		for range 40 {
			if err := up(spec(t, "comes-and-goes", "192.168.1.8/24")); err != nil {
				done <- err
				return
			}
			if err := down("comes-and-goes"); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for lists := 0; ; lists++ {
		select {
		case err := <-done:
			if err != nil || lists < 20 {
				t.Error(lists, err)
			}
			return
		default:
		}
		all, err := List()
		if err != nil {
			t.Error(err)
		}
		kept := func(c *Container) bool { return c.Name == "keeper" && c.State == StateUp && c.Bridge == "mc0" }
		if !slices.ContainsFunc(all, kept) {
			t.Errorf("%d: the keeper is missing", lists)
		}
	}
}
