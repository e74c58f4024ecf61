package nft

import (
	"slices"
	"strings"
	"testing"
)

// TestTables: those of every family, in words that nft(8) takes back.
func TestTables(t *testing.T) {
	c := alone(t)
	if all, err := c.Tables(); err != nil || len(all) != 0 {
		t.Errorf("%v, %v of nothing", all, err)
	}
	want := []string{"arp a", "bridge b", "inet a", "ip a", "ip6 b", "netdev n"}
	for _, table := range want {
		nft(t, "add table "+table)
	}
	all, err := c.Tables()
	if err != nil || !slices.Equal(all, want) {
		t.Errorf("%q, %v", all, err)
	}
	for _, table := range all {
		nft(t, "delete table "+table)
	}
	if left := nft(t, "list tables"); strings.TrimSpace(left) != "" {
		t.Error(left)
	}
}
