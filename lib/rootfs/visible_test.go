package rootfs

import (
	"slices"
	"testing"
)

// TestVisible: who is covered is not seen, whichever way he is.
func TestVisible(t *testing.T) {
	table := lines(t, `20 1 254:0 / / rw - ext4 /dev/vda rw
21 20 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw,mode=755
22 21 0:6 / /dev/pts rw - devpts devpts rw
23 20 0:7 /sub\040folder /a\040b ro master:1 - tmpfs no\134ne rw,size=1k
24 21 0:8 / /dev rw - tmpfs tmpfs rw
25 24 0:9 / /dev/shm rw - tmpfs tmpfs rw
26 25 0:10 / /dev/shm rw - tmpfs upper rw
27 20 0:11 / /mnt/deep rw - tmpfs tmpfs rw
28 20 0:12 / /mnt rw - tmpfs tmpfs rw
`)
	if all, err := parsed([]byte("29 1\n")); err == nil {
		t.Errorf("half a line is taken: %+v", all)
	}
	if len(table) != 9 {
		t.Fatalf("%d lines are taken: %+v", len(table), table)
	}
	if m := table[3]; m.root != "/sub folder" || m.point != "/a b" || m.source != `no\ne` || m.device != "0:7" ||
		!slices.Equal(m.flags, []string{"ro"}) || !slices.Equal(m.data, []string{"rw", "size=1k"}) || !m.follows || m.shared {
		t.Errorf("%+v", m)
	}
	v := look(table)
	var seen []string
	for _, m := range v.seen() {
		seen = append(seen, m.id)
	}
	if want := []string{"20", "23", "24", "26", "28"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	for path, want := range map[string]string{
		"/": "20", "/a": "20", "/a b": "23", "/a b/c": "23", "/a bc": "20", "/mnt": "28", "/mnt/deep/x": "28",
	} {
		if m := v.at(path); m.id != want {
			t.Errorf("%s is on %s, want %s", path, m.id, want)
		}
	}
	if m := look(lines(t, "30 9 0:1 / /proc rw - proc proc rw\n")).at("/x"); m.id != "" || m.point != "/" {
		t.Errorf("a root that is no mount: %+v", m)
	}
}

// TestLayers: which folders an overlay is of, and whether --overlay makes it.
func TestLayers(t *testing.T) {
	const ours = "lowerdir=/proc/self/fd/9,upperdir=/proc/self/fd/12/upper,workdir=/proc/self/fd/12/work"
	for _, c := range []struct {
		source, data string
		lower        []string
		upper        string
		layer        *Layer
	}{
		{"/a", ours, []string{"/a"}, "", &Layer{}},
		{`/a\134:b:/c`, ours, []string{"/a:b"}, "/c/upper", &Layer{Folder: "/c"}},
		{"overlay", ours, nil, "", nil},
		{"overlay", "lowerdir=/a:/b,upperdir=/u/upper,workdir=/u/work", []string{"/a", "/b"}, "/u/upper", nil},
		{"overlay", "lowerdir=/a,upperdir=/u/upper,workdir=/u/work", []string{"/a"}, "/u/upper", &Layer{Folder: "/u"}},
		{"overlay", "lowerdir=/a,upperdir=/u/upper,workdir=/v/work", []string{"/a"}, "/u/upper", nil},
		{"overlay", "lowerdir+=/a,lowerdir+=/b", []string{"/a", "/b"}, "", nil},
		{"overlay", `lowerdir=/a\134:b`, []string{"/a:b"}, "", nil},
	} {
		root := lines(t, "20 1 0:42 / / rw - overlay "+c.source+" rw,"+c.data+"\n")[0]
		v := &View{Source: root.source, root: root}
		v.layers()
		upper := ""
		if v.Upper != nil {
			upper = *v.Upper
		}
		same := (v.layer == nil) == (c.layer == nil) && (v.layer == nil || *v.layer == *c.layer)
		if !slices.Equal(v.Lower, c.lower) || upper != c.upper || !same {
			t.Errorf("%s %s: %q %q %+v", c.source, c.data, v.Lower, upper, v.layer)
		}
	}
}

// TestOverlaySource: what the table of mounts says of an overlay of ours.
func TestOverlaySource(t *testing.T) {
	long := "/" + string(slices.Repeat([]byte("x"), mostSource))
	for _, c := range []struct{ root, layer, want string }{
		{"/a", "", "/a"},
		{"/a:b", "/c d", `/a\:b:/c d`},
		{long[:mostSource], "", long[:mostSource]},
		{long, "", "overlay"},
		{"/a", long, "overlay"},
	} {
		s := &overlay{root: &tree{path: c.root}, layer: Layer{Folder: c.layer}}
		if got := s.source(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.root, c.layer, got, c.want)
		}
	}
}

// lines reads those of mountinfo.
func lines(t *testing.T, text string) []mounted {
	t.Helper()
	all, err := parsed([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return all
}
