package test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"mini-container/test/testenv"
)

// TestInterruptTwice presses Ctrl-C as impatient people do: the second one must
// not keep the script from cleaning up, which the test's host looks at.
func TestInterruptTwice(t *testing.T) {
	p, host := onTerminal(t)
	for _, flag := range []string{"", "--init "} {
		nap := nap()
		p.Type("mini-container.sh " + flag + "./rootfs host-1 192.168.1.2 /bin/" + nap + "\n")
		running(t, host)
		state(t, "/bin/"+nap, "S")
		p.Type(testenv.Ctrl('C') + testenv.Ctrl('C'))
		time.Sleep(10 * time.Millisecond) // it cleans up
		p.Type(testenv.Ctrl('C'))
		p.Expect(outside)
		time.Sleep(300 * time.Millisecond) // the last one may have been the shell's
		p.Type("echo status $?\n")
		p.Expect(`status 130\r`)
		p.Expect(outside)
	}
	p.Type("exit 0\n")
	p.Wait()
}

// TestPatience has a command that ends some time after Ctrl-C: the key says it
// to the command, and what the command makes of it is its own.
func TestPatience(t *testing.T) {
	p, _ := onTerminal(t)
	p.Type("export MC_STOP_TIMEOUT=0.2\n")
	p.Expect(outside)
	container(p, `/bin/sh -c 'trap "sleep 1; echo enough; exit 4" INT; echo ready; while :; do sleep 0.1; done'`)
	p.Expect(`\nready\r`)
	p.Type(testenv.Ctrl('C'))
	p.Expect(`enough\r`)
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 4\r`)
	leave(t, p)
}

// TestTermOnTerminal sends TERM to the script while a shell inside, which
// ignores it, has the terminal: it is killed, and the shell outside is in front.
func TestTermOnTerminal(t *testing.T) {
	p, _ := onTerminal(t)
	p.Type("export MC_STOP_TIMEOUT=0.3\n")
	p.Expect(outside)
	container(p, "/bin/sh")
	p.Expect(inside)
	for _, script := range scriptsOf(t, p) {
		if err := exec.Command("kill", "-TERM", script).Run(); err != nil {
			t.Fatal(err)
		}
	}
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 143\r`)
	leave(t, p)
}

// scriptsOf are the jobs of the shell on the terminal.
func scriptsOf(t *testing.T, p *testenv.Terminal) []string {
	t.Helper()
	out, err := exec.Command("pgrep", "-P", p.PID()).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestStoppedContainer stops and continues a container whose process 1 is an
// init, and ends it with Ctrl-\.
func TestStoppedContainer(t *testing.T) {
	p, host := onTerminal(t)
	for _, flag := range []string{"", "--init "} {
		nap := nap()
		p.Type("mini-container.sh " + flag + "./rootfs host-1 192.168.1.2 /bin/" + nap + "\n")
		running(t, host)
		state(t, "/bin/"+nap, "S")
		stopsAndGoesOn(t, p, "/bin/"+nap)
		stopsAndGoesOn(t, p, "/bin/"+nap)
		ends(p, '\\', "131")
	}
	p.Type("exit 0\n")
	p.Wait()
}

// TestContainerBehind has a container in the background read the terminal.
func TestContainerBehind(t *testing.T) {
	p, _ := onTerminal(t)
	container(p, "/bin/sh -c 'read -r x; echo got $x; exit 5' &")
	p.Expect(outside)
	stopped(t, p)
	p.Type("fg\n")
	p.Expect(`mini-container.sh [^\n]*\n`)
	p.Type("a line\n")
	p.Expect(`\ngot a line\r`)
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 5\r`)
	leave(t, p)
}

// TestClosedWindow closes the window before a command, a shell, and a command
// that does not care. Nothing may be left, which the test's host looks at.
func TestClosedWindow(t *testing.T) {
	for name, command := range map[string]string{
		"command": "/bin/sleep 100",
		"shell":   "/bin/sh",
		"nohup":   `/bin/sh -c 'trap "" HUP; while :; do sleep 0.1; done'`,
	} {
		t.Run(name, func(t *testing.T) {
			p, host := onTerminal(t)
			p.Type("export MC_STOP_TIMEOUT=0.3\n")
			container(p, command)
			running(t, host)
			p.Close()
			p.Wait()
		})
	}
}
