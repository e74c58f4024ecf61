package nft

import (
	"slices"
	"testing"
)

// TestDropping finds the chains that drop by their policy, of every family that
// forwards by address, and no others.
func TestDropping(t *testing.T) {
	c := alone(t)
	if all, err := c.Dropping("forward"); err != nil || len(all) != 0 {
		t.Errorf("%v, %v of nothing", all, err)
	}
	for _, line := range []string{
		"add table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }",
		"add table ip6 filter { chain FORWARD { type filter hook forward priority 0; policy accept; }; }",
		"add table inet wall { chain a { type filter hook forward priority 1; policy drop; }; chain b { type filter hook input priority 0; policy drop; }; chain c { }; }",
		"add table bridge other { chain d { type filter hook forward priority 0; policy drop; }; }",
	} {
		nft(t, line)
	}
	for hook, want := range map[string][]string{
		"forward":     {"the chain FORWARD of the table ip filter", "the chain a of the table inet wall"},
		"output":      nil,
		"postrouting": nil,
	} {
		if all, err := c.Dropping(hook); err != nil || !slices.Equal(all, want) {
			t.Errorf("%s: %q, %v", hook, all, err)
		}
	}
}
