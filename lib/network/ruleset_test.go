package network

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// ruleset is what nft(8) sees, without the numbers that the kernel gives, and
// with the elements of a set in order.
func ruleset(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("nft", "-j", "list", "ruleset").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, object := range ordered(all).(map[string]any)["nftables"].([]any) {
		text, _ := json.Marshal(object)
		fmt.Fprintf(&lines, "%s\n", text)
	}
	return lines.String()
}

func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "handle")
		delete(v, "metainfo")
		for key, member := range v {
			v[key] = ordered(member)
			if list, is := v[key].([]any); is && key == "elem" {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	case []any:
		for i, member := range v {
			v[i] = ordered(member)
		}
	}
	return v
}
