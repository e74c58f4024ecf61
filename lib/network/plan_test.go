package network

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// situations are the ways in which a plan may begin.
var situations = []struct {
	name    string
	prepare func(t *testing.T) Spec
}{
	{"nothing is there", func(t *testing.T) Spec {
		_ = os.RemoveAll(name.Folder)
		s := spec(t, "host-1", "192.168.1.2/24")
		s.MTU, s.MAC = 1400, MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
	{"the name is rotten", func(t *testing.T) Spec {
		s := spec(t, "host-1", "192.168.1.2/24")
		_ = os.Mkdir(name.Folder, 0o755)
		if err := os.WriteFile(s.Name.Netns(), nil, 0o444); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(s.Name.Netns()) })
		s.MAC = MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
	{"the bridge is ours and down, with another subnet", func(t *testing.T) Spec {
		upFor(t, spec(t, "host-9", "192.168.9.2/24"))
		ip(t, "link", "set", "mc0", "down")
		s := spec(t, "host-1", "192.168.1.2/24")
		s.MAC = MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
	{"the bridge and the namespace are somebody else's", func(t *testing.T) Spec {
		ip(t, "link", "add", "br9", "address", "02:00:00:00:00:09", "up", "type", "bridge")
		ip(t, "address", "add", "192.168.1.77/24", "dev", "br9")
		ip(t, "netns", "add", "theirs")
		t.Cleanup(func() {
			ip(t, "link", "delete", "br9")
			ip(t, "netns", "delete", "theirs")
			_ = exec.Command("umount", name.Folder).Run()
		})
		s := spec(t, "host-1", "192.168.1.2/24")
		s.Bridge, s.Netns, s.MAC = "br9", NetnsPath("theirs"), MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
	{"all ways out and in", func(t *testing.T) Spec {
		forwarding(t, "0")
		upFor(t, published(t, "host-9", "192.168.1.9/24", "80:80"))
		forwarding(t, "0")
		s := published(t, "host-1", "192.168.1.2/24", "8080:80", "127.0.0.1:53:53/udp")
		s.Addresses = append(s.Addresses, address(t, "fd00::2/64"))
		s.NAT, s.Isolated, s.MAC = true, true, MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
	{"the first way in", func(t *testing.T) Spec {
		forwarding(t, "0")
		s := published(t, "host-1", "192.168.1.2/24", "8080:80")
		s.MAC = MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
	{"no gateway", func(t *testing.T) Spec {
		s := spec(t, "a-name-that-is-far-longer-than-a-link", "192.168.1.2/24")
		s.Gateways = []Gateway{{None: true}}
		s.MAC = MAC{2, 0, 0, 0, 0, 1}
		return s
	}},
}

var errMade = errors.New("made to fail")

type failing struct{ step.Final }

func (failing) Do() error   { return errMade }
func (failing) Say() string { return "false" }

func TestWhateverStepFailsNothingIsLeft(t *testing.T) {
	for _, situation := range situations {
		t.Run(situation.name, func(t *testing.T) {
			s := situation.prepare(t)
			before := state(t)
			steps := 1
			for n := 0; n < steps; n++ {
				p, err := Up(s)
				if err != nil {
					t.Fatal(err)
				}
				steps = len(p.Steps) + 1
				p.Steps = append(p.Steps[:n:n], failing{})
				err = p.Steps.Run(step.Silent)
				p.Close()
				if !errors.Is(err, errMade) || strings.Contains(err.Error(), "undoing") {
					t.Fatalf("step %d: %v", n, err)
				}
				if after := state(t); after != before {
					t.Fatalf("step %d left something:\nbefore %s\nafter %s", n, before, after)
				}
			}
			if steps < 6 {
				t.Errorf("only %d steps", steps)
			}
		})
	}
}

func TestTheExplainedScriptMakesTheSame(t *testing.T) {
	for _, situation := range situations {
		t.Run(situation.name, func(t *testing.T) {
			s := situation.prepare(t)
			t.Cleanup(func() { _ = down(s.Name) })
			before := state(t)
			p, err := Up(s)
			if err != nil {
				t.Fatal(err)
			}
			script := explained(t, p.Steps)
			err = p.Steps.Run(step.Silent)
			p.Close()
			if err != nil {
				t.Fatal(err)
			}
			tool := state(t)
			if tool == before {
				t.Fatal("the tool made nothing")
			}
			undone := shell(t, s.Name)
			if undone {
				t.Fatal("the explained down left something")
			}
			situationAgain(t, s)
			if out, err := exec.Command("sh", "-e", "-c", script).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s\n%s", err, out, script)
			}
			if shell := state(t); shell != tool {
				t.Errorf("the tool made:\n%s\nthe script made:\n%s\nscript:\n%s", tool, shell, script)
			}
			if err := down(s.Name); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// situationAgain puts back what down has tidied up although it was there
// before: the file of a rotten name; and takes away the folder if it was not.
func situationAgain(t *testing.T, s Spec) {
	t.Helper()
	if strings.Contains(t.Name(), "rotten") {
		if err := os.WriteFile(s.Name.Netns(), nil, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(t.Name(), "nothing") {
		if err := os.Remove(name.Folder); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(t.Name(), "all_ways") {
		ip(t, "address", "delete", "fd00::1/64", "dev", "mc0")
	}
	if strings.Contains(t.Name(), "down") {
		ip(t, "address", "delete", "192.168.1.1/24", "dev", "mc0")
		ip(t, "link", "set", "mc0", "down")
	}
	if strings.Contains(t.Name(), "somebody") {
		ip(t, "-n", "theirs", "link", "set", "lo", "down")
	}
}

// shell removes a container by the explained down, and tells whether any of it
// is left.
func shell(t *testing.T, n name.Name) bool {
	t.Helper()
	p, err := Down(Removal{Name: n})
	if err != nil {
		t.Fatal(err)
	}
	script := explained(t, p.Steps)
	p.Close()
	if out, err := exec.Command("sh", "-e", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	settle(t)
	_, err = Find(n)
	return err == nil
}

func explained(t *testing.T, steps step.List) string {
	t.Helper()
	var out strings.Builder
	if err := steps.Explain(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
