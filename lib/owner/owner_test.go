package owner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func gone(t *testing.T, o Owner) bool {
	t.Helper()
	is, err := o.Gone()
	if err != nil {
		t.Error(err)
	}
	return is
}

// An owner lives as long as its process, and is gone when that has ended, also
// before it is waited for.
func TestGone(t *testing.T) {
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var o Owner
	if err := o.UnmarshalText(fmt.Append(nil, cmd.Process.Pid)); err != nil {
		t.Fatal(err)
	}
	if gone(t, o) || o.PID() != cmd.Process.Pid {
		t.Errorf("%v is gone while it lives", o)
	}
	_ = in.Close()
	for end := time.Now().Add(5 * time.Second); !gone(t, o) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if !gone(t, o) {
		t.Error("one that nobody has waited for lives")
	}
	_ = cmd.Wait()
	if !gone(t, o) {
		t.Error("lives after its end")
	}
	if err := o.UnmarshalText(fmt.Append(nil, cmd.Process.Pid)); err == nil {
		t.Error("a process that is gone is taken")
	}
}

// The text leads back to the same owner; another process with its number is
// not it, and one of a namespace that is not ours is taken to live.
func TestText(t *testing.T) {
	var o Owner
	if err := o.UnmarshalText(fmt.Append(nil, os.Getpid())); err != nil {
		t.Fatal(err)
	}
	if got := Parse(o.String()); got != o || gone(t, got) {
		t.Errorf("%v becomes %v", o, got)
	}
	other := o
	other.start--
	if !gone(t, other) {
		t.Error("a number that is used again is the same process")
	}
	other.namespace--
	if gone(t, other) {
		t.Error("one that cannot be seen is gone")
	}
	for _, text := range []string{"", "1", "1.2", "a.b.c", "1.2.3.4", "1.2.3 4"} {
		if got := Parse(text); got != (Owner{}) || gone(t, got) || got.String() != "" {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, text := range []string{"", "0", "-1", "x", "4194305"} {
		if err := o.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// Who has no descriptor left to look at an owner does not take it for gone.
func TestNoDescriptors(t *testing.T) {
	const variable = "OWNER_OF_TEST"
	if text := os.Getenv(variable); text != "" { // the process without descriptors
		o := Parse(text)
		none := unix.Rlimit{Cur: 3, Max: 3}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
			t.Fatal(err)
		}
		var same Owner
		if err := same.UnmarshalText(fmt.Append(nil, o.PID())); !errors.Is(err, unix.EMFILE) {
			t.Errorf("looked at: %v", err)
		}
		if is, err := o.Gone(); is || !errors.Is(err, unix.EMFILE) {
			t.Errorf("one that lives is gone: %v, %v", is, err)
		}
		return
	}
	var o Owner
	if err := o.UnmarshalText(fmt.Append(nil, os.Getpid())); err != nil {
		t.Fatal(err)
	}
	poor := exec.Command(os.Args[0], "-test.run=^TestNoDescriptors$")
	poor.Env = append(os.Environ(), variable+"="+o.String())
	if out, err := poor.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
