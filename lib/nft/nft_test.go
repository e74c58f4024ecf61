package nft

import (
	"errors"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// alone takes the test into a network namespace of its own, which ends with its
// goroutine's thread.
func alone(t *testing.T) *Conn {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	c := &Conn{}
	t.Cleanup(c.Close)
	return c
}

// nft runs nft(8) on the test's own thread.
func nft(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("nft", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("nft %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// example has a chain to come in by, and one that it leads to.
func example(name string) *Table {
	return &Table{Family: Inet, Name: name, Chains: []Chain{
		{Name: "first", Base: &Base{Type: "filter", Hook: "prerouting", Priority: -300}, Rules: []Rule{
			{Says: `iifname != "lo" goto second`, Does: Do(Meta(expr.MetaKeyIIFNAME), IsNot(append([]byte("lo"), make([]byte, 14)...)...), Goto("second"))},
			{Says: "accept", Does: Accept()},
		}},
		{Name: "second", Rules: []Rule{
			{Says: "meta l4proto 17 drop", Does: Do(Meta(expr.MetaKeyL4PROTO), Is(unix.IPPROTO_UDP), Drop())},
		}},
	}}
}

// A table is made once, seen by nft(8), and deleted; what is gone is no error.
func TestLife(t *testing.T) {
	c := alone(t)
	one, two := example("one"), example("two")
	for _, table := range []*Table{one, two} {
		if has, err := c.Has(table); has || err != nil {
			t.Fatalf("%s is there already: %v", table.Name, err)
		}
		if err := c.Make(table); err != nil {
			t.Fatal(err)
		}
		if has, err := c.Has(table); !has || err != nil {
			t.Fatalf("%s is not there: %v", table.Name, err)
		}
	}
	before := nft(t, "list", "ruleset")
	if err := c.Make(one); !errors.Is(err, unix.EEXIST) {
		t.Errorf("made twice: %v", err)
	}
	if after := nft(t, "list", "ruleset"); after != before {
		t.Errorf("a refused one has changed something:\n%s", after)
	}
	if names, err := c.Names(Inet); err != nil || !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("%q, %v", names, err)
	}
	if names, err := c.Names(Netdev); err != nil || len(names) > 0 {
		t.Errorf("of another family: %q, %v", names, err)
	}
	for range 2 {
		if err := c.Delete(one); err != nil {
			t.Error(err)
		}
	}
	if left := nft(t, "list", "tables"); left != "table inet two\n" {
		t.Errorf("left is %q", left)
	}
}

// nft(8) reads what is said, and makes the same of it.
func TestText(t *testing.T) {
	c := alone(t)
	table := example("one")
	if err := c.Make(table); err != nil {
		t.Fatal(err)
	}
	tool := nft(t, "list", "ruleset")
	nft(t, "delete", "table", "inet", "one")
	nft(t, table.String())
	if shell := nft(t, "list", "ruleset"); shell != tool {
		t.Errorf("the kernel was given\n%s\nand nft(8) made\n%s", tool, shell)
	}
	nft(t, "add", "chain", "inet", "one", "third", "{ "+(&Base{Type: "nat", Hook: "output", Priority: -100, Drop: true}).String()+" }")
	want := `type filter hook ingress device "mc-a" priority 5; policy drop;`
	if got := (&Base{Type: "filter", Hook: "ingress", Device: "mc-a", Priority: 5, Drop: true}).String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// After a failure the next question has an answer of its own, and an error has
// the kernel's cause alone.
func TestFailure(t *testing.T) {
	c := alone(t)
	bad := &Table{Family: Inet, Name: "bad", Chains: []Chain{{
		Name: "c", Base: &Base{Type: "filter", Hook: "prerouting"},
		Rules: []Rule{{Says: "accept", Does: Accept()}, {Says: "goto nowhere", Does: Goto("nowhere")}},
	}}}
	err := c.Make(bad)
	if !errors.Is(err, unix.ENOENT) || err.Error() != "no such file or directory" {
		t.Errorf("a chain that is not there: %v", err)
	}
	if has, err := c.Has(bad); has || err != nil {
		t.Errorf("half of it is there: %t, %v", has, err)
	}
	if err := c.Make(example("good")); err != nil {
		t.Error(err)
	}
}

// A socket is left to the kernel with or without io_uring: closed it is.
func TestLeave(t *testing.T) {
	c := alone(t)
	if err := c.Make(example("one")); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(example("one")); err != nil {
		t.Fatal(err)
	}
	fd := c.fd
	c.Close()
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); !errors.Is(err, unix.EBADF) {
		t.Errorf("descriptor %d is open still: %v", fd, err)
	}
	leave(-1) // it has no answer, and no harm is done
	if has, err := c.Has(example("one")); has || err != nil {
		t.Errorf("%t, %v", has, err)
	}
}
