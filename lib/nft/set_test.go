package nft

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// sets are a set of three fields, and a map.
func sets() (homes, ports *Set, table *Table) {
	homes = &Set{Name: "homes", Key: []Type{Name, Name, Address6}}
	ports = &Set{Name: "ports", Key: []Type{Protocol, Port}, Value: []Type{Address, Port}}
	return homes, ports, &Table{Family: Inet, Name: "t", Sets: []*Set{homes, ports}}
}

// Elements are added, listed as they were, said as nft(8) has them, and removed.
func TestElements(t *testing.T) {
	c := alone(t)
	homes, ports, table := sets()
	if err := c.Make(table); err != nil {
		t.Fatal(err)
	}
	all := []Element{
		{Set: homes, Key: [][]byte{Field("mc0"), Field("a-link-of-15-ch"), netip.MustParseAddr("fd00::2").AsSlice()}},
		{Set: ports, Key: [][]byte{{unix.IPPROTO_TCP}, {0x1f, 0x90}}, Value: [][]byte{{192, 168, 1, 2}, {0, 80}}},
		{Set: ports, Key: [][]byte{{unix.IPPROTO_UDP}, {0, 53}}, Value: [][]byte{{192, 168, 1, 3}, {0, 53}}},
	}
	said := []string{`"mc0" . "a-link-of-15-ch" . fd00::2`, "tcp . 8080 : 192.168.1.2 . 80", "udp . 53 : 192.168.1.3 . 53"}
	if err := c.Add(table, nil, all); err != nil {
		t.Fatal(err)
	}
	tool := nft(t, "list", "ruleset")
	got, err := c.Elements(table)
	if err != nil || len(got) != len(all) {
		t.Fatalf("%v, %v", got, err)
	}
	for i, e := range all {
		if e.String() != said[i] {
			t.Errorf("got %s, want %s", e, said[i])
		}
		same := func(o Element) bool {
			return o.Set == e.Set && fmt.Sprint(o.Key, o.Value) == fmt.Sprint(e.Key, e.Value)
		}
		if !same(got[0]) && !same(got[1]) && !same(got[2]) {
			t.Errorf("%s is not listed: %v", e, got)
		}
	}
	if err := c.Remove(table, nil, all[:2]); err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(table, nil, all[1:]); !errors.Is(err, unix.ENOENT) {
		t.Errorf("one of two was gone: %v", err)
	}
	if left, err := c.Elements(table); err != nil || len(left) != 1 || left[0].String() != said[2] {
		t.Errorf("left is %v, %v: one transaction removes all or none", left, err)
	}
	if err := c.Delete(table); err != nil {
		t.Fatal(err)
	}
	nft(t, table.String())
	for i, e := range all {
		nft(t, "add element inet t "+e.Set.Name+" { "+said[i]+" }")
	}
	if shell := nft(t, "list", "ruleset"); shell != tool {
		t.Errorf("the kernel was given\n%s\nand nft(8) made\n%s", tool, shell)
	}
}

// Sets come and go with elements of others, or not at all.
func TestSets(t *testing.T) {
	c := alone(t)
	_, ports, table := sets()
	mark := &Set{Name: "mc.ip.fd00--2", Key: []Type{Address6}}
	has := func(want bool) {
		t.Helper()
		if is, err := c.HasSet(table, mark.Name); is != want || err != nil {
			t.Errorf("the set is there: %t, %v", is, err)
		}
	}
	has(false) // nor is the table
	if err := c.Make(table); err != nil {
		t.Fatal(err)
	}
	has(false)
	one := Element{Set: ports, Key: [][]byte{{unix.IPPROTO_TCP}, {0, 80}}, Value: [][]byte{{192, 168, 1, 2}, {0, 80}}}
	if err := c.Add(table, []*Set{mark}, []Element{one}); err != nil {
		t.Fatal(err)
	}
	has(true)
	gone := Element{Set: ports, Key: [][]byte{{unix.IPPROTO_TCP}, {0, 81}}, Value: one.Value}
	if err := c.Remove(table, []*Set{mark}, []Element{gone}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("an element was gone: %v", err)
	}
	has(true)
	if err := c.Remove(table, []*Set{mark}, []Element{one}); err != nil {
		t.Fatal(err)
	}
	has(false)
	if all, err := c.Elements(table); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
}

// A value of two that a map is to have for one key is an error, and both stay
// out.
func TestTwoValues(t *testing.T) {
	c := alone(t)
	_, ports, table := sets()
	if err := c.Make(table); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, unix.EEXIST} {
		e := Element{Set: ports, Key: [][]byte{{unix.IPPROTO_TCP}, {0, 80}}, Value: [][]byte{{192, 168, 1, byte(2 + i)}, {0, 80}}}
		if err := c.Add(table, nil, []Element{e}); !errors.Is(err, want) {
			t.Errorf("%s: %v", e, err)
		}
	}
	if left := nft(t, "list", "ruleset"); strings.Contains(left, "192.168.1.3") {
		t.Errorf("the second one is there: %s", left)
	}
}

// Fields lie at multiples of four bytes, and come back as they were.
func TestFields(t *testing.T) {
	of := []Type{Protocol, Address, Port}
	fields := [][]byte{{6}, {192, 168, 1, 2}, {0, 80}}
	value := joined(fields)
	if want := []byte{6, 0, 0, 0, 192, 168, 1, 2, 0, 80, 0, 0}; !bytes.Equal(value, want) {
		t.Errorf("got %v", value)
	}
	if got := apart(of, value); fmt.Sprint(got) != fmt.Sprint(fields) {
		t.Errorf("got %v", got)
	}
	if got := apart(of, value[:8]); got != nil {
		t.Errorf("of a part: %v", got)
	}
	if got := Text(Field("mc0")); got != "mc0" {
		t.Errorf("got %q", got)
	}
}
