package rootfs

import (
	"fmt"
	"strings"
	"testing"
)

func TestBindText(t *testing.T) {
	for text, want := range map[string]string{
		"a:/b":           "{a /b false false}",
		"a:/b:ro":        "{a /b true false}",
		"a:/b:rslave,ro": "{a /b true true}",
		"a:/b:rw":        "{a /b false false}",
		`a\:x:/b\:y`:     "{a:x /b:y false false}",
		`a\b:/c`:         `{a\b /c false false}`,
		"a b:/c//d/..":   "{a b /c false false}",
		"a:/b:rx":        "rx: must be ro, rw or rslave",
		"a":              "must be SRC:DST",
		":/b":            "must be SRC:DST",
		"a:b":            "absolute",
		"a:/..":          "the root itself",
		"a:/b:ro:x":      "must be SRC:DST",
	} {
		var b Bind
		got := fmt.Sprint(b.UnmarshalText([]byte(text)))
		if got == "<nil>" {
			got = fmt.Sprint(b)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTmpfsText(t *testing.T) {
	for text, want := range map[string]string{
		"/t":                  "{/t []}",
		"/t:size=1m,mode=700": "{/t [size=1m mode=700]}",
		`/t\:x`:               "{/t:x []}",
		"t":                   "absolute",
		"/":                   "the root itself",
		"/t:a:b":              "must be DST",
	} {
		var m Tmpfs
		got := fmt.Sprint(m.UnmarshalText([]byte(text)))
		if got == "<nil>" {
			got = fmt.Sprint(m)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestHosts(t *testing.T) {
	var db, own Host
	must(t, db.UnmarshalText([]byte("db:fd00::9")))
	must(t, own.UnmarshalText([]byte("host-1:192.168.1.2")))
	const local = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
	for _, c := range []struct {
		name string
		more []Host
		want string
	}{
		{"host-1", nil, local + "127.0.1.1\thost-1\n"},
		{"host-1", []Host{db}, local + "127.0.1.1\thost-1\nfd00::9\tdb\n"},
		{"host-1", []Host{own, db}, local + "192.168.1.2\thost-1\nfd00::9\tdb\n"},
		{"localhost", nil, local},
	} {
		if got := hosts(c.name, c.more); got != c.want {
			t.Errorf("%s %v:\n%s", c.name, c.more, got)
		}
	}
	for _, bad := range []string{"db", "db:", ":10.0.0.1", "db:10.0.0", "a b:10.0.0.1"} {
		if err := new(Host).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%s: is taken", bad)
		}
	}
}

func TestReachable(t *testing.T) {
	for text, want := range map[string]string{
		"nameserver 10.0.0.1\n":                                 "true nameserver 10.0.0.1\n",
		"# a\nnameserver 127.0.0.53\noptions edns0\nsearch x y": "false options edns0\nsearch x y\n",
		"nameserver ::1\nnameserver fe80::1%eth0\n":             "true nameserver fe80::1%eth0\n",
		"nameserver\nnameserver 0.0.0.0\nnameserver x\n":        "false ",
		"": "false ",
	} {
		kept, some := reachable([]byte(text))
		if got := fmt.Sprint(some) + " " + kept; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{`/a\040b`: "/a b", `/a\134`: `/a\`, `/a\`: `/a\`, `/a\09x`: `/a\09x`} {
		if got := unescape(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestBeneath(t *testing.T) {
	for _, c := range []struct {
		path, folder string
		want         bool
	}{{"/a", "/a", true}, {"/a/b", "/a", true}, {"/ab", "/a", false}, {"/a", "/", true}, {"/", "/a", false}} {
		if got := beneath(c.path, c.folder); got != c.want {
			t.Errorf("%s in %s: %v", c.path, c.folder, got)
		}
	}
}
