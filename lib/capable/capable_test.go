package capable

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHas gives capabilities up one after the other, on a thread that ends.
func TestHas(t *testing.T) {
	if unix.Geteuid() != 0 {
		t.Fatal("needs root")
	}
	runtime.LockOSThread() // and never let go
	before, _, err := Sets()
	if err != nil || before&(1<<unix.CAP_SYS_ADMIN) == 0 || before&(1<<unix.CAP_BPF) == 0 {
		t.Fatalf("as root: %x, %v", before, err)
	}
	for _, c := range []int{unix.CAP_NET_ADMIN, unix.CAP_BPF} { // of the lower 32, and of the others
		if has, err := Has(unix.CAP_SYS_ADMIN, c); !has || err != nil {
			t.Errorf("%d before: %v, %v", c, has, err)
		}
		drop(t, c)
		if has, err := Has(unix.CAP_SYS_ADMIN, c); has || err != nil {
			t.Errorf("%d after: %v, %v", c, has, err)
		}
	}
	after, permitted, err := Sets()
	if want := before &^ (1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_BPF); after != want || permitted != before || err != nil {
		t.Errorf("effective %x, permitted %x, before %x, %v", after, permitted, before, err)
	}
}

// TestNeedsRoot: root is not told to become root.
func TestNeedsRoot(t *testing.T) {
	refused := error(unix.EACCES)
	want := "needs root: permission denied"
	if os.Geteuid() == 0 {
		want = "permission denied"
	}
	if got := NeedsRoot(refused).Error(); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got := NeedsRoot(unix.ENOENT).Error(); got != "no such file or directory" {
		t.Errorf("%q", got)
	}
}

// drop takes one out of this thread's effective set alone.
func drop(t *testing.T, c int) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
	data[c/32].Effective &^= 1 << (c % 32)
	if err := unix.Capset(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
}
