package name

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
)

// What a name is, and what it is not.
func TestUnmarshalText(t *testing.T) {
	good := []string{"a", "0", "host-1", "a--b", strings.Repeat("x", Max), "mini-container-1"}
	bad := []string{
		"", "-", "-a", "a-", strings.Repeat("x", Max+1), "A", "a_b", "a.b", "a/b", "..", "a b", "a\n", "a\x00",
		"ä", "a;reboot", "$(x)", "--help", "'a'", "a:b", "\xff",
	}
	for _, s := range good {
		var n Name
		if err := n.UnmarshalText([]byte(s)); err != nil || string(n) != s {
			t.Errorf("%q: %q, %v", s, n, err)
		}
	}
	for _, s := range bad {
		n := Name("before")
		if err := n.UnmarshalText([]byte(s)); err == nil || n != "before" {
			t.Errorf("%q is taken as %q", s, n)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: more than one line: %v", s, err)
		}
	}
}

// A path is one name or more, and nothing that leads elsewhere.
func TestPath(t *testing.T) {
	for s, above := range map[string]Path{"a": "", "web/worker-1": "web", "a/b/c": "a/b", "": ""} {
		p := Path("before")
		if err := p.UnmarshalText([]byte(s)); s != "" && (err != nil || string(p) != s) {
			t.Errorf("%q: %q, %v", s, p, err)
		}
		if got := Path(s).Above(); got != above {
			t.Errorf("above %q is %q", s, got)
		}
	}
	for s, want := range map[string]string{
		"": "a name is 1 to 63", "..": "a name is 1 to 63", "a/..": `"..": a name is 1 to 63`, "a/../b": "a name is", "a/B": `"B": a name`,
		"/a": "one slash between them", "a/": "one slash between them", "a//b": "one slash between them", "/": "one slash between them",
		"a/-b": "a name is", "a/b\n": "a name is", "a/" + strings.Repeat("x", Max+1): "a name is",
	} {
		p := Path("before")
		if err := p.UnmarshalText([]byte(s)); err == nil || p != "before" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is taken as %q: %v", s, p, err)
		}
	}
}

// The links of two names never meet, and the kernel takes each.
func TestLink(t *testing.T) {
	long := strings.Repeat("a", 60)
	seen := map[string]Name{}
	for _, n := range []Name{"a", "host-1", "123456789012", "1234567890123", Name(long), Name(long + "b"), Name(long + "c"), "mc-a", "mc"} {
		link := n.Link()
		if len(link) > maxLink || strings.ContainsAny(link, "/ :") || link == "." || link == ".." {
			t.Errorf("%s: %q is no name of an interface (dev_valid_name of the kernel)", n, link)
		}
		if other, met := seen[link]; met {
			t.Errorf("%s and %s are both %s", n, other, link)
		}
		seen[link] = n
		if link != n.Link() {
			t.Errorf("%s: the link differs from time to time", n)
		}
	}
	if got := Name("123456789012").Link(); got != "mc-123456789012" {
		t.Errorf("12 characters are shown as %s", got)
	}
	if got := Name("1234567890123").Link(); !strings.HasPrefix(got, "mc.") || len(got) != maxLink {
		t.Errorf("13 characters are shown as %s", got)
	}
}

// A name of each length has a link that the kernel takes, and no two names of
// many meet: neither those that are shown whole nor those that are hashed.
func TestLinksOfMany(t *testing.T) {
	seen := map[string]Name{}
	meet := func(n Name) {
		link := n.Link()
		if len(link) > maxLink {
			t.Fatalf("%s: %s has %d characters", n, link, len(link))
		}
		if other, met := seen[link]; met {
			t.Fatalf("%s and %s are both %s", n, other, link)
		}
		seen[link] = n
	}
	for length := 1; length <= Max; length++ {
		for _, fill := range "abcxyz189" {
			meet(Name(strings.Repeat(string(fill), length)))
		}
	}
	for i := range 50000 {
		meet(Name(fmt.Sprintf("h-%d", i)))                           // 3 to 7 characters: whole
		meet(Name(fmt.Sprintf("host-number-%d", i)))                 // 13 and more: hashed
		meet(Name(fmt.Sprintf("%d-the-same-tail", i)))               // differs at the start alone
		meet(Name("mc-" + fmt.Sprintf("%09d-mc", i)))                // looks like a link itself
		meet(Name(strings.Repeat("0", 54) + fmt.Sprintf("%09d", i))) // as long as can be
	}
}

// FuzzName: whatever is taken for a name is safe in each place where it stands:
// a path, a shell, an interface and an altname, from which it comes back.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"", "a", "-", "host-1", "..", "a/b", "A", "a.b", "mc.name.a", "ä", "\x00", "a\n", "--help", strings.Repeat("x", Max), strings.Repeat("x", Max+1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n Name
		if err := n.UnmarshalText([]byte(s)); err != nil {
			if got, further, is := FromAltname("mc.name." + s); is && further == "" {
				t.Errorf("%q is no name, but that of an altname: %q", s, got)
			}
			return
		}
		if string(n) != s || s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
			t.Errorf("%q is taken as %q", s, n)
		}
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q has a foreign character", s)
		}
		if path := n.Netns(); filepath.Clean(path) != path || filepath.Dir(path) != Folder {
			t.Errorf("%q leads to %s", s, path)
		}
		if link := n.Link(); len(link) > 15 || !strings.HasPrefix(link, "mc") {
			t.Errorf("%q: the link is %q", s, link)
		}
		if back, further, is := FromAltname(n.Altname()); !is || back != n || further != "" {
			t.Errorf("%q comes back as %q", s, back)
		}
		if back, further, is := FromAltname(n.AnotherAltname("eth1.5")); !is || back != n || further != "eth1.5" {
			t.Errorf("eth1.5 of %q comes back as %q of %q", s, further, back)
		}
		if link := n.Another("eth1"); len(link) != 15 || link == n.Link() || link == n.Another("eth2") {
			t.Errorf("%q: the other link is %q", s, link)
		}
	})
}

// An altname leads back to its name, and nobody else's leads to one.
func TestAltname(t *testing.T) {
	for _, n := range []Name{"a", "host-1", Name(strings.Repeat("x", Max))} {
		got, _, is := FromAltname(n.Altname())
		if !is || got != n {
			t.Errorf("%s: back from %s comes %s, %v", n, n.Altname(), got, is)
		}
		// ALTIFNAMSIZ of <linux/if.h>, with its NUL.
		if len(n.Altname()) >= 128 {
			t.Errorf("%s: the altname is too long", n)
		}
	}
	for _, foreign := range []string{"", "enp1s0", "mc.name.", "mc.name.a.", "mc.name..b", "mc.name.A", "mc.name.a/b", "mc.ip.192.0.2.1", "xmc.name.a"} {
		if n, _, is := FromAltname(foreign); is {
			t.Errorf("%q is taken for the altname of %s", foreign, n)
		}
	}
	if got := AddressAltname(netip.MustParseAddr("192.0.2.7")); got != "mc.ip.192.0.2.7" {
		t.Errorf("the altname of an address is %s", got)
	}
	if got := AddressAltname(netip.MustParseAddr("fd00::7")); got != "mc.ip.fd00--7" {
		t.Errorf("the altname of an address is %s", got)
	}
	if got := Name("host-1").Netns(); got != "/run/netns/host-1" {
		t.Errorf("the namespace is kept at %s", got)
	}
}

// TestLike: what it gives is a name, and a name stays as it is.
func TestLike(t *testing.T) {
	for text, want := range map[string]Name{
		"host-1":                       "host-1",
		"User.Slice_1.scope":           "user-slice-1-scope",
		"-":                            "unnamed",
		"":                             "unnamed",
		"ä/b":                          "b",
		strings.Repeat("x", 64):        Name(strings.Repeat("x", 63)),
		strings.Repeat("x", 62) + ".y": Name(strings.Repeat("x", 62)),
	} {
		got := Like(text)
		if got != want || new(Name).UnmarshalText([]byte(got)) != nil {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
