package lock

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// One holds it; the next gets it when that one lets go, or dies.
func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := Take(path, "test")
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan func())
	go func() {
		free, err := Take(path, "test")
		if err != nil {
			t.Error(err)
		}
		second <- free
	}()
	select {
	case <-second:
		t.Fatal("two hold it at once")
	case <-time.After(100 * time.Millisecond):
	}
	unlock()
	(<-second)()

	holder := exec.Command("flock", "--no-fork", path, "sleep", "100")
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	for exec.Command("flock", "--nonblock", path, "true").Run() == nil {
		time.Sleep(time.Millisecond)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // killed
	if unlock, err = Take(path, "test"); err != nil {
		t.Fatal(err)
	}
	unlock()
	if text, _ := os.ReadFile(path); string(text) != "text" {
		t.Errorf("the file has %q", text)
	}
}

// A file that cannot be opened is named.
func TestMissing(t *testing.T) {
	if _, err := Take("/no/such", "test"); err == nil || err.Error() != "lock /no/such: no such file or directory" {
		t.Errorf("got %v", err)
	}
	if _, err := Take("/proc/self", "test"); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("got %v", err)
	}
}
