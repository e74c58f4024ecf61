package cgroup

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// TestPlace starts a child beside a process that is in a group: the child is
// in all of its folders, and this process in none of them.
func TestPlace(t *testing.T) {
	g := group(t, "place")
	makeWith(t, g, Limits{"pids.max": "9"})
	defer func() {
		if err := append(g.Kill(unix.SIGKILL), g.Remove()...).Run(step.Silent); err != nil {
			t.Error(err)
		}
	}()
	member := sleeper(t, nil)
	for _, folder := range g.folders() {
		joins(t, folder, member)
	}
	place, err := Of(member)
	if err != nil {
		t.Fatal(err)
	}
	defer place.Close()

	// The thread is never unlocked, so that it ends with the test.
	runtime.LockOSThread()
	before := groupsOf(t, "thread-self")
	leave, err := place.EnterThread()
	if err != nil {
		t.Fatal(err)
	}
	child := sleeper(t, &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(place.Unified().Fd())})
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	if after := groupsOf(t, "thread-self"); after != before {
		t.Errorf("the thread is in\n%s, was in\n%s", after, before)
	}
	if strings.Contains(groupsOf(t, "self"), "/place") {
		t.Error("the test itself is in the group")
	}
	for _, folder := range g.folders() {
		words := strings.Fields(read(folder, "cgroup.procs"))
		if !slices.Contains(words, itoa(child)) || !slices.Contains(words, itoa(member)) {
			t.Errorf("%s has %v, not %d and %d", folder, words, child, member)
		}
	}
}

func TestPlaceOfNobody(t *testing.T) {
	member := exec.Command("true")
	if err := member.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := Of(member.Process.Pid); err == nil || !strings.Contains(err.Error(), "no such process") {
		t.Errorf("the place of a process that has ended: %v", err)
	}
}

// sleeper starts a process that does nothing, until the test ends.
func sleeper(t *testing.T, attr *syscall.SysProcAttr) (pid int) {
	t.Helper()
	cmd := exec.Command("sleep", "100")
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// In the background, so that no zombie keeps a group busy.
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-done })
	return cmd.Process.Pid
}

func groupsOf(t *testing.T, pid string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
