package test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mini-container/test/testenv"
)

// ofShell opens a terminal with a shell that knows the tools.
func ofShell(t *testing.T) *testenv.Terminal {
	t.Helper()
	host := testenv.Isolate(t)
	cmd := exec.Command("bash", "--norc", "--noprofile", "--noediting", "-i")
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(host.Environ(), tree.Environ()...), "PS1=outside$ ", "HISTFILE=")
	terminal := testenv.NewTerminal(t, cmd)
	terminal.Expect(outside)
	return terminal
}

// state waits for a process whose command line is the given one to be in a
// state of proc_pid_stat(5), and to stay there.
func state(t *testing.T, commandLine, want string) {
	t.Helper()
	seen, same := "", 0
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		out, err := exec.Command("pgrep", "-fx", commandLine).Output()
		if err != nil {
			continue // not yet
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", strings.Fields(string(out))[0]))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if seen = strings.Fields(rest)[0]; seen != want {
			same = 0
		} else if same++; same == 5 {
			return
		}
	}
	t.Fatalf("%s is in the state %q, not %q", commandLine, seen, want)
}

// nap is a command that takes its time, and that nobody else on this machine
// has just now.
func nap() string { return fmt.Sprintf("sleep 4321.%d", time.Now().UnixNano()) }

// ends leaves the job in front by the key, and wants that status of it.
func ends(p *testenv.Terminal, key byte, status string) {
	p.Type(testenv.Ctrl(key))
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status ` + status + `\r`)
	p.Expect(outside)
}

// stopsAndGoesOn presses Ctrl-Z, and fg.
func stopsAndGoesOn(t *testing.T, p *testenv.Terminal, nap string) {
	t.Helper()
	p.Type(testenv.Ctrl('Z'))
	p.Expect(`Stopped`)
	state(t, nap, "T")
	p.Type("fg\n")
	state(t, nap, "S")
}

// TestKeys are Ctrl-C, Ctrl-\ and Ctrl-Z for a first process that does nothing
// about signals, which the kernel keeps all of them from; and for the child of
// an init.
func TestKeys(t *testing.T) {
	p := ofShell(t)
	for key, want := range map[byte]string{'C': "130", '\\': "131"} {
		for _, flags := range []string{"--mount --pid", "--pid --init"} {
			nap := nap()
			p.Type("mc-ns run " + flags + " -- " + nap + "\n")
			state(t, nap, "S")
			ends(p, key, want)
		}
	}
	// From the shell itself, from a script in its group, with an init.
	for _, command := range []string{"mc-ns run --pid -- %s", "bash -c 'mc-ns run --pid -- %s; exit $?'", "mc-ns run --pid --init -- %s"} {
		nap := nap()
		p.Type(fmt.Sprintf(command, nap) + "\n")
		state(t, nap, "S")
		stopsAndGoesOn(t, p, nap)
		stopsAndGoesOn(t, p, nap)
		ends(p, 'C', "130")
	}
	p.Type("exit 0\n")
	p.Wait()
}

// TestBehind reads the terminal from behind: the job stops until it is in front.
func TestBehind(t *testing.T) {
	p := ofShell(t)
	for _, flags := range []string{"--pid", "--userns", "--pid --init"} {
		p.Type("mc-ns run " + flags + " -- sh -c 'read -r x; echo got $x; exit 5' &\n")
		p.Expect(outside)
		stopped(t, p)
		p.Type("fg\n")
		p.Expect(`mc-ns run [^\n]*\n`)
		p.Type("a line\n")
		p.Expect(`\ngot a line\r`)
		p.Expect(outside)
		p.Type("echo status $?\n")
		p.Expect(`status 5\r`)
		p.Expect(outside)
	}
	p.Type("exit 0\n")
	p.Wait()
}

// stopped waits until the shell says that its job is.
func stopped(t *testing.T, p *testenv.Terminal) {
	t.Helper()
	said := ""
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		p.Type("jobs; echo 'that is' all\n")
		said = p.Expect(`(?s)jobs; .*\nthat is all\r`)
		p.Expect(outside)
		if strings.Contains(said, "Stopped ") {
			return
		}
	}
	t.Fatalf("the job is not stopped: %s", said)
}

// TestOrphan presses Ctrl-Z where no shell could ever continue who stops.
func TestOrphan(t *testing.T) {
	host := testenv.Isolate(t)
	for _, namespace := range []string{"--pid", "--userns"} {
		nap := nap()
		cmd := exec.Command(tree.Bin()+"/mc-ns", "run", namespace, "--", "sh", "-c", "echo ready; exec "+nap)
		cmd.Env = append(host.Environ(), tree.Environ()...)
		p := testenv.NewTerminal(t, cmd)
		p.Expect(`ready`)
		state(t, nap, "S")
		p.Type(testenv.Ctrl('Z'))
		time.Sleep(200 * time.Millisecond)
		state(t, nap, "S")
		p.Type(testenv.Ctrl('C'))
		if status := p.Wait(); status != 130 {
			t.Errorf("%s: status %d, not 130", namespace, status)
		}
	}
}

// TestAnother sends a job to the background, which must not take the terminal
// from another job when it ends.
func TestAnother(t *testing.T) {
	p := ofShell(t)
	p.Type("mc-ns run --pid -- sh -c 'sleep 2; exec sleep 1'\n")
	state(t, "sleep 2", "S")
	p.Type(testenv.Ctrl('Z'))
	p.Expect(`Stopped`)
	p.Type("bg\n")
	p.Expect(outside)
	p.Type("cat\n")
	time.Sleep(3500 * time.Millisecond) // the job has ended by then
	p.Type("still here\n")
	p.Expect(`still here\r\nstill here\r`)
	p.Type(testenv.Ctrl('D'))
	p.Expect(outside)
	p.Type("exit 0\n")
	p.Wait()
}

// TestStopsItself has a command stop by itself: the shell outside sees that.
func TestStopsItself(t *testing.T) {
	p := ofShell(t)
	p.Type("mc-ns run --userns -- sh -c 'kill -STOP $$; echo went on; exit 6'\n")
	p.Expect(`Stopped`)
	p.Type("fg\n")
	p.Expect(`\nwent on\r`)
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 6\r`)
	p.Expect(outside)
	p.Type("exit 0\n")
	p.Wait()
}

// TestShellInside has an interactive shell do its own job control, and sees
// the window's new size, without a container around it.
func TestShellInside(t *testing.T) {
	p := ofShell(t)
	p.Type("PS1='inner$ ' mc-ns run -mupi -- bash --norc --noprofile --noediting -i\n")
	p.Expect(`inner\$ `)
	nap := nap()
	p.Type(nap + "\n")
	state(t, nap, "S")
	p.Type(testenv.Ctrl('Z'))
	p.Expect(`Stopped`)
	p.Expect(`inner\$ `)
	p.Type("fg\n")
	state(t, nap, "S")
	p.Type(testenv.Ctrl('C'))
	p.Expect(`inner\$ `)
	p.Resize(99, 31)
	p.Type("stty size\n")
	p.Expect(`\n31 99\r`)
	p.Type("exit 3\n")
	p.Expect(outside)
	p.Type("echo status $?\n")
	p.Expect(`status 3\r`)
	p.Expect(outside)
	p.Type("exit 0\n")
	p.Wait()
}
