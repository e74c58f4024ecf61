package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMarkingOfOneBeingMade: from its first moment on a folder of ours is never
// taken for somebody else's, who would be locked beside its maker.
func TestMarkingOfOneBeingMade(t *testing.T) {
	above := t.TempDir()
	const many = 3000
	made := make(chan error, 1)
	go func() {
		for i := range many {
			path := filepath.Join(above, fmt.Sprint(i))
			err := os.Mkdir(path, modeHalf)
			if err == nil {
				err = markParent(path)
			}
			if err != nil {
				made <- err
				return
			}
		}
		made <- nil
	}()
	for i := range many {
		path := filepath.Join(above, fmt.Sprint(i))
		for !there(path) {
			select {
			case err := <-made:
				if err != nil {
					t.Fatal(err)
				}
				made <- nil
			default:
			}
		}
		if text, err := marking(path); text == "" || err != nil {
			t.Fatalf("%s: %q, %v", path, text, err)
		}
	}
}

func TestMarking(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		name string
		mode uint32
		text string
		want string
	}{
		{"theirs", modeWhole, "", ""},
		{"half", modeHalf, "", "half"},
		{"ours", modeWhole, "1", "1"},
		{"going", modeHalf, "7 8", "7 8"},
	} {
		path := filepath.Join(folder, c.name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if c.text != "" {
			if err := unix.Setxattr(path, mark, []byte(c.text), 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := unix.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		if got, err := marking(path); got != c.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	if got, err := marking(filepath.Join(folder, "gone")); got != "" || err != nil {
		t.Errorf("gone: %q, %v", got, err)
	}
}
