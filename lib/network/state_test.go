package network

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// ip runs ip(8): a test must not believe the code that it tests.
func ip(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// volatile are what differs from one run to the next, and says nothing.
var volatile = []string{
	"ifindex", "link_index", "link", "link_netnsid", "stats64", "operstate", "flags", "linkinfo",
	"bridge_id", "root_id", "valid_life_time", "preferred_life_time", "qdisc",
	"tso_max_size", // of a bridge: follows its ports, and stays when they go
}

// state is what the kernel has: links, addresses and routes of this namespace
// and of the named ones, the files in /run/netns and the mounts below it.
func state(t *testing.T) string {
	t.Helper()
	settle(t)
	files, _ := filepath.Glob(name.Folder + "/*")
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(namespaceState(t))
	for _, file := range files {
		fmt.Fprintln(&out, "file", file)
		if strings.Contains(string(mounts), " "+file+" nsfs ") {
			fmt.Fprintln(&out, "mount", file)
			out.WriteString(namespaceState(t, "-n", filepath.Base(file)))
		}
	}
	if _, err := os.Stat(name.Folder); err == nil {
		fmt.Fprintln(&out, "folder", name.Folder)
	}
	out.WriteString(ruleset(t))
	for _, file := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv4/conf/mc0/route_localnet"} {
		value, err := sysctl(file)
		fmt.Fprintln(&out, file, value, err)
	}
	return out.String()
}

func namespaceState(t *testing.T, at ...string) string {
	var all []string
	for _, question := range []string{"-4 address", "-d link", "-4 route show table all"} {
		var list []map[string]any
		args := slices.Concat([]string{"-j"}, at, strings.Fields(question))
		if err := json.Unmarshal([]byte(ip(t, args...)), &list); err != nil && len(ip(t, args...)) > 0 {
			t.Fatal(err)
		}
		for _, object := range list {
			if len(object) == 0 {
				continue
			}
			up := strings.Contains(fmt.Sprint(object["flags"]), "UP")
			kind := strings.Contains(fmt.Sprint(object["linkinfo"]), "info_kind")
			for _, member := range volatile {
				delete(object, member)
			}
			if object["master"] != nil {
				delete(object, "address") // the kernel draws it
			}
			text, _ := json.Marshal(object)
			all = append(all, fmt.Sprintf("%s up=%t virtual=%t %s\n", question, up, kind, text))
		}
	}
	sort.Strings(all)
	return strings.Join(at, " ") + "\n" + strings.Join(all, "")
}

// settle waits for the links that the kernel is about to destroy.
func settle(t *testing.T) {
	t.Helper()
	for range 500 {
		if !strings.Contains(ip(t, "link"), "mc~") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("a retired link lives on:\n%s", ip(t, "link"))
}

func address(t *testing.T, s string) (a Address) {
	t.Helper()
	if err := a.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return a
}

func spec(t *testing.T, n, ip string) Spec {
	return Spec{Name: name.Name(n), Addresses: []Address{address(t, ip)}, Bridge: DefaultBridge}
}

// up and down do what the verbs do, and give their error.
func up(s Spec) error {
	unlock, err := Lock()
	if err != nil {
		return err
	}
	defer unlock()
	p, err := Up(s)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Steps.Run(step.Silent)
}

func down(n name.Name) error {
	unlock, err := Lock()
	if err != nil {
		return err
	}
	defer unlock()
	p, err := Down(Removal{Name: n})
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Steps.Run(step.Silent)
}

// upFor makes a container that goes with the test.
func upFor(t *testing.T, s Spec) {
	t.Helper()
	if err := up(s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := down(s.Name); err != nil {
			t.Error(err)
		}
	})
}
