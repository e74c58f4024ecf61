package test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mini-container/test/testenv"
)

// shell is the prompt of the shell inside, and ready that of the one outside.
const (
	inside  = `/[^\n]* # `
	outside = `outside\$ `
)

// onTerminal opens a terminal with a shell on a host of the test's own, in a
// folder with a root file system.
func onTerminal(t *testing.T) (*testenv.Terminal, *testenv.Host) {
	t.Helper()
	host := testenv.Isolate(t)
	folder := t.TempDir()
	if err := roots.In(filepath.Join(folder, "rootfs")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "--norc", "--noprofile", "--noediting", "-i")
	cmd.Dir = folder
	cmd.Env = append(append(host.Environ(), tree.Environ()...), "PS1=outside$ ", "HISTFILE=")
	terminal := testenv.NewTerminal(t, cmd)
	terminal.Expect(outside)
	return terminal, host
}

// container starts the container by the README's command.
func container(p *testenv.Terminal, command string) {
	p.Type("mini-container.sh --share $SHARED ./rootfs host-1 192.168.1.2 " + command + "\n")
}

// running waits until the container's command runs.
func running(t *testing.T, host *testenv.Host) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		show := exec.Command(filepath.Join(tree.Bin(), "mc-cgroup"), "show", "host-1", "--json")
		show.Env = host.Environ()
		if out, err := show.Output(); err == nil && strings.Contains(string(out), `"populated": true`) {
			return
		}
	}
	t.Fatal("the container does not start")
}

// begun waits until the terminal shows the command, and gives the shell the
// time to start it: a key that comes before is the shell's own.
func begun(p *testenv.Terminal, command string) {
	p.Expect(command)
	time.Sleep(300 * time.Millisecond)
}

// leave ends the shell outside.
func leave(t *testing.T, p *testenv.Terminal) {
	t.Helper()
	p.Expect(outside)
	p.Type("exit 0\n")
	if status := p.Wait(); status != 0 {
		t.Errorf("the shell outside ends with %d", status)
	}
}

// TestShell types into the shell of a container as a person would.
func TestShell(t *testing.T) {
	p, _ := onTerminal(t)
	container(p, "/bin/sh")
	p.Expect(inside)
	p.Type("hostname\n")
	p.Expect(`\nhost-1\r`)
	p.Type("tty; echo $$ $TERM\n")
	p.Expect(`\n1 dumb\r`)

	// Ctrl-C ends a command inside, not the shell.
	p.Expect(inside)
	p.Type("sleep 100\n")
	begun(p, "sleep 100\r")
	p.Type(testenv.Ctrl('C'))
	p.Expect(inside)
	p.Type("echo status $?\n")
	p.Expect(`status 130\r`)

	// Ctrl-Z stops a command inside, and fg goes on with it.
	p.Expect(inside)
	p.Type("sleep 101\n")
	begun(p, "sleep 101\r")
	p.Type(testenv.Ctrl('Z'))
	p.Expect(`Stopped`)
	p.Type("fg\n")
	begun(p, `sleep 101\r`)
	p.Type(testenv.Ctrl('C'))
	p.Expect(inside)

	// A new size of the window reaches the inside.
	p.Resize(101, 33)
	p.Type("stty size\n")
	p.Expect(`\n33 101\r`)

	// Ctrl-D leaves, and the shell outside has its terminal back.
	p.Expect(inside)
	p.Type(testenv.Ctrl('D'))
	p.Expect(outside)
	p.Type("echo back $?\n")
	p.Expect(`back 0\r`)
	leave(t, p)
}

// TestVisit types into a second shell in a container, which mc-exec.sh opens.
func TestVisit(t *testing.T) {
	p, host := onTerminal(t)
	p.Type("mini-container.sh ./rootfs host-1 192.168.1.2 /bin/sleep 1000 </dev/null >/dev/null 2>&1 & echo begun\n")
	p.Expect(`begun\r`)
	running(t, host)
	p.Expect(outside)
	p.Type("until mc-exec.sh host-1 true 2>/dev/null; do :; done; mc-exec.sh host-1\n")
	p.Expect(inside)
	p.Type("hostname; stty size; ps | grep -c sleep\n")
	p.Expect(`\nhost-1\r\n[1-9]`)
	p.Expect(inside)
	p.Type("sleep 100\n")
	begun(p, "sleep 100\r")
	p.Type(testenv.Ctrl('C'))
	p.Expect(inside)
	p.Type("echo status $?\n")
	p.Expect(`status 130\r`)
	p.Expect(inside)
	p.Type(testenv.Ctrl('D'))
	p.Expect(outside)
	p.Type("kill %1; wait %1; echo back $?\n")
	p.Expect(`back 143\r`)
	leave(t, p)
}

// TestDemonstrations runs both as a person would.
func TestDemonstrations(t *testing.T) {
	p, _ := onTerminal(t)
	container(p, "/bin/sh")
	p.Expect(inside)
	p.Type("cd /var/shared_folder && ./hungry\n")
	p.Expect(`\n[1-9] MiB\r`)
	p.Expect(`\nKilled\r`)
	p.Expect(inside)
	p.Type("echo alive\n")
	p.Expect(`\nalive\r`)
	p.Type("cd /var/shared_folder; ./server 8080\n")
	begun(p, `listening on`)

	client := exec.Command(filepath.Join(tree.Shared(), "client"), "192.168.1.2", "8080", "a message")
	out, err := client.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "a message") {
		t.Errorf("client: %v: %s", err, out)
	}
	p.Expect(`a message\r`)
	p.Type(testenv.Ctrl('C'))
	p.Expect(inside)
	p.Type("exit 5\n")
	p.Expect(outside)
	p.Type("echo back $?\n")
	p.Expect(`back 5\r`)
	leave(t, p)
}

// TestJob stops and ends a container that is a job of the shell outside. Its
// command is the first process of its namespace, which the kernel keeps from
// every signal that it does not catch.
func TestJob(t *testing.T) {
	p, host := onTerminal(t)
	container(p, "/bin/sleep 100")
	p.Expect(`sleep 100\r`)
	running(t, host)
	p.Type(testenv.Ctrl('Z'))
	p.Expect(`Stopped`)
	p.Expect(outside)
	p.Type("fg\n")
	begun(p, `mini-container.sh`)
	p.Type(testenv.Ctrl('C'))
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 130\r`)
	leave(t, p)
}

// TestInterruptOnce sees that a command which catches Ctrl-C gets it once.
func TestInterruptOnce(t *testing.T) {
	p, _ := onTerminal(t)
	container(p, `/bin/sh -c 'trap "echo caught" INT; echo ready; for i in 1 2 3 4 5; do sleep 1; done; exit 4'`)
	p.Expect(`\nready\r`)
	p.Type(testenv.Ctrl('C'))
	if between := p.Expect(`(?s)caught\r.*` + outside); strings.Contains(between[6:], "caught") {
		t.Errorf("caught twice: %q", between)
	}
	p.Type("echo status $?\n")
	p.Expect(`status 4\r`)
	leave(t, p)
}

// TestKilledShell kills a shell inside that has the terminal's foreground:
// the shell outside gets it back.
func TestKilledShell(t *testing.T) {
	p, host := onTerminal(t)
	container(p, "/bin/sh")
	p.Expect(inside)
	kill := exec.Command(filepath.Join(tree.Bin(), "mc-cgroup"), "kill", "host-1")
	kill.Env = host.Environ()
	if out, err := kill.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 137\r`)
	leave(t, p)
}
