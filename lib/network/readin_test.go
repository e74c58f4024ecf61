package network

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadIn: whatever a hostile root has there, no file outside of it is read,
// and nobody waits.
func TestReadIn(t *testing.T) {
	folder := t.TempDir()
	root := filepath.Join(folder, "root")
	secret := filepath.Join(folder, "secret")
	for _, err := range []error{
		os.Mkdir(root, 0o755), os.Mkdir(root+"/etc", 0o755), os.Mkdir(root+"/folder", 0o755),
		os.WriteFile(secret, []byte("secret"), 0o600),
		os.WriteFile(root+"/plain", []byte("plain"), 0o644),
		os.WriteFile(root+"/big", []byte(strings.Repeat("x", 2*maxResolvConf)), 0o644),
		os.Symlink(secret, root+"/absolute"), os.Symlink("../../secret", root+"/etc/relative"),
		os.Symlink("/plain", root+"/inside"), os.Symlink("loop", root+"/loop"),
		os.Symlink("/proc/self/root"+secret, root+"/magic"),
		syscall.Mkfifo(root+"/fifo", 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"plain": "plain", "/plain": "plain", "inside": "plain",
		"absolute": "", "etc/relative": "", "../secret": "", "loop": "", "magic": "",
		"fifo": "", "folder": "", "none": "", "plain/none": "",
	} {
		text, err := readIn(root, path)
		if text != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if text, err := readIn(root, "big"); err != nil || len(text) != maxResolvConf {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if _, err := readIn(folder+"/none", "plain"); err == nil {
		t.Error("a root that is not there was read")
	}
}
