package test

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"mini-container/test/testenv"
)

// watching opens a terminal with a shell, beside which a group is.
func watching(t *testing.T) (*testenv.Terminal, func(args ...string)) {
	t.Helper()
	host := testenv.Isolate(t)
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(tree.Bin(), "mc-cgroup"), args...)
		cmd.Env = host.Environ()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	run("create", "host-1", "--memory-max", "64M")
	t.Cleanup(func() { run("delete", "host-1") })
	cmd := exec.Command("bash", "--norc", "--noprofile", "--noediting", "-i")
	cmd.Env = append(append(host.Environ(), tree.Environ()...), "PS1=outside$ ", "HISTFILE=", "TERM=xterm", "LC_ALL=C.UTF-8", "NO_COLOR=1")
	terminal := testenv.NewTerminal(t, cmd)
	terminal.Expect(outside)
	return terminal, run
}

// given expects the terminal to be the shell's again, with the status of before.
func given(p *testenv.Terminal, status string) {
	p.Expect(`\x1b\[\?25h\x1b\[\?1049l`)
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status ` + status + `\r`)
	p.Expect(outside)
	p.Type("stty -a | tr ' ;' '\\n\\n' | grep -cx 'icanon\\|echo\\|isig'\n")
	p.Expect(`\n3\r`)
	p.Expect(outside)
}

// TestWatch draws on a terminal, and gives it back however it ends.
func TestWatch(t *testing.T) {
	p, run := watching(t)
	p.Type("mc-cgroup watch host-1 --interval 0.1\n")
	p.Expect(`\x1b\[\?1049h`)
	p.Expect(`host-1  empty, 0 of max processes`)
	p.Expect(`memory  .* of 64MiB`)
	p.Expect(`cpu pressure`)
	p.Type(testenv.Ctrl('C'))
	given(p, "130")

	// A key ends it, others are not shown.
	p.Type("mc-cgroup watch host-1 --interval 100\n")
	p.Expect(`events +none`)
	p.Type("xq")
	given(p, "0")

	// A new size of the window is a new picture, without a new look; a narrow one
	// has less of it.
	p.Type("mc-cgroup watch host-1 --interval 100\n")
	p.Expect(`events +none`)
	p.Resize(24, 3)
	p.Expect(`\x1b\[Hhost-1  empty, 0 of max \x1b\[K\r\n\x1b\[K\r\nmemory            [^\n]{6}\x1b\[K\x1b\[J`)
	p.Resize(80, 24)
	p.Expect(`events +none`)

	// Stopped it leaves the terminal to the shell, and comes back.
	p.Type(testenv.Ctrl('Z'))
	p.Expect(`\x1b\[\?1049l`)
	p.Expect(outside)
	p.Type("fg\n")
	p.Expect(`events +none`)
	p.Type("q")
	given(p, "0")

	// It ends with its number, or with the group; the last picture stays.
	p.Type("mc-cgroup watch host-1 --interval 0.1 --count 2\n")
	p.Expect(`\x1b\[\?1049lhost-1  empty`)
	p.Expect(`processes +-\r\n`)
	p.Expect(outside)
	p.Type("mc-cgroup watch host-1 --interval 0.1\n")
	p.Expect(`events +none`)
	run("delete", "host-1")
	p.Expect(`\x1b\[\?1049lhost-1  empty`)
	p.Expect(`mc-cgroup: host-1: was removed\r\n`)
	leave(t, p)
}

// TestTop draws all groups, and ends by a key.
func TestTop(t *testing.T) {
	p, _ := watching(t)
	p.Type("mc-cgroup top --interval 0.1 --sort cpu\n")
	p.Expect(`1 group by cpu  [0-9:]+, every 100ms`)
	p.Expect(`GROUP +MEMORY +MAX +CPU +IO +PRESSURE +PIDS`)
	p.Expect(`host-1 +[^ ]+ +64MiB +0% +0B/s `)
	p.Type("q")
	given(p, "0")
}

// TestWatchHangup: the window is closed.
func TestWatchHangup(t *testing.T) {
	p, _ := watching(t)
	p.Type("exec mc-cgroup watch host-1 --interval 100\n")
	p.Expect(`events +none`)
	p.Close()
	if status := p.Wait(); status != 128+int(syscall.SIGHUP) {
		t.Errorf("status %d", status)
	}
}
