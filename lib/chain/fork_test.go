package chain

import (
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A birth that the kernel refuses leaves the promise to be kept later, and the
// descriptors are the child's alone afterwards.
func TestBirthRefused(t *testing.T) {
	folder, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) // no group
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(writer.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	p := &Program{
		Path: "/bin/sh", Args: []string{"sh", "-c", `[ "$MC_PROMISES" ] && printf kept >/proc/self/fd/` + strconv.Itoa(fd)},
		Environ: []string{"PATH=/bin"}, Ours: true, Status: -1,
		Promises: []Promise{{FD: fd, Text: "0", What: "join", Say: "# join", Birth: folder, Early: true}},
		trace:    func(say string) { said = append(said, say) },
	}
	if err := p.dress(); err != nil {
		t.Fatal(err)
	}
	pid, err := p.Fork(&syscall.SysProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	var ws unix.WaitStatus
	if _, err := unix.Wait4(pid, &ws, 0, nil); err != nil || ws.ExitStatus() != 0 {
		t.Errorf("the child has no promise: %v, %v", ws, err)
	}
	if slices.Contains(said, "# join") {
		t.Errorf("said to be kept: %q", said)
	}
	for _, left := range []int{fd, folder} {
		if _, err := unix.FcntlInt(uintptr(left), unix.F_GETFD, 0); err == nil {
			t.Errorf("descriptor %d is open still", left)
		}
	}
	_ = writer.Close()
	text := make([]byte, 8)
	if n, _ := reader.Read(text); string(text[:n]) != "kept" {
		t.Errorf("the child wrote %q", text[:n])
	}
}
