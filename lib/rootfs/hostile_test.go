package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mini-container/lib/step"
)

// hostile are roots that try to lead the mounts to the host. %s is the outside
// folder, as an absolute path.
var hostile = map[string]struct {
	links map[string]string // in the root: path and text of a symbolic link
	bind  string            // destination of a bind
	want  string            // the error; empty when it must work inside
}{
	"proc absolute":        {links: map[string]string{"proc": "%s/folder"}, want: "proc: must be a plain folder"},
	"proc relative":        {links: map[string]string{"proc": "../../../../../../../..%s/folder"}, want: "plain folder"},
	"dev absolute":         {links: map[string]string{"dev": "%s/folder"}, want: "dev: must be a plain folder"},
	"dev to the root":      {links: map[string]string{"dev": "/"}, want: "plain folder"},
	"sys absolute":         {links: map[string]string{"sys": "%s/folder"}, want: "sys: must be a plain folder"},
	"tmp dangling":         {links: map[string]string{"tmp": "/elsewhere/new"}},
	"tmp in circles":       {links: map[string]string{"tmp": "%s/new"}, want: "too many levels of symbolic links"}, // outside is in /tmp
	"etc absolute":         {links: map[string]string{"etc": "%s/folder"}},
	"etc relative":         {links: map[string]string{"etc": "../../../../../../../..%s/folder"}},
	"hosts absolute":       {links: map[string]string{"etc/hosts": "%s/file"}},
	"resolv.conf absolute": {links: map[string]string{"etc/resolv.conf": "%s/file"}},
	"resolv.conf new":      {links: map[string]string{"etc/resolv.conf": "%s/new/er"}},
	"resolv.conf relative": {links: map[string]string{"etc/resolv.conf": "../../../../../../../../../..%s/file"}},
	"resolv.conf of systemd": {links: map[string]string{
		"etc/resolv.conf": "../run/systemd/resolve/stub-resolv.conf"}},
	"resolv.conf in circles": {links: map[string]string{"etc/resolv.conf": "resolv.conf"}, want: "a symbolic link that leads nowhere"},
	"bind absolute":          {links: map[string]string{"x": "%s/folder"}, bind: "/x"},
	"bind relative":          {links: map[string]string{"x": "../../../../../../../../..%s/folder"}, bind: "/x"},
	"bind beneath":           {links: map[string]string{"x": "%s"}, bind: "/x/folder/new/er"},
	"bind of dots":           {bind: "/../../../../../../../..%s/folder"},
	"bind over a magic link": {links: map[string]string{"x": "/proc/self/cwd"}, bind: "/x/y", want: "/x/y"},
	"bind to the root":       {links: map[string]string{"x": "."}, bind: "/x", want: "leads to the root itself"},
}

func TestHostileRoot(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outside := filepath.Join(t.TempDir(), "outside")
			must(t, os.MkdirAll(filepath.Join(outside, "folder"), 0o755))
			must(t, os.WriteFile(filepath.Join(outside, "file"), []byte("the host's"), 0o644))
			must(t, os.WriteFile(filepath.Join(outside, "folder/hosts"), []byte("the host's"), 0o644))
			spec := Spec{Root: makeRoot(t)}
			for path, text := range c.links {
				path = filepath.Join(spec.Root, path)
				must(t, os.RemoveAll(path))
				must(t, os.Symlink(strings.ReplaceAll(text, "%s", outside), path))
			}
			if c.bind != "" {
				bind := Bind{}
				must(t, bind.UnmarshalText([]byte(t.TempDir()+":"+strings.ReplaceAll(c.bind, "%s", outside))))
				spec.Binds = []Bind{bind}
			}
			before, err := snapshot(outside)
			must(t, err)
			inNamespace(t, func() error { return attack(spec, outside, c.want) })
			if after, err := snapshot(outside); err != nil || after != before {
				t.Errorf("the outside has changed (%v):\n%s\nbefore:\n%s", err, after, before)
			}
		})
	}
}

// attack runs all steps up to the pivot, looks where the mounts came up, and
// pivots.
func attack(spec Spec, outside, want string) error {
	tree, err := snapshot(spec.Root)
	if err != nil {
		return err
	}
	var last error
	plan, err := Pivot(spec)
	if err == nil {
		err = plan[:len(plan)-2].Run(step.Silent)
		all, seen := mounts()
		last = errors.Join(last, seen)
		for _, m := range all {
			if beneath(m.point, outside) {
				last = errors.Join(last, fmt.Errorf("%s: a mount came up there", m.point))
			}
		}
	}
	if want != "" {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "undoing") {
			last = errors.Join(last, fmt.Errorf("%q, want %q", fmt.Sprint(err), want))
		}
		if after, err := snapshot(spec.Root); err != nil || after != tree {
			last = errors.Join(last, fmt.Errorf("the root has changed (%w):\n%s", err, after))
		}
		return last
	}
	if err := errors.Join(err, last); err != nil {
		return err
	}
	if err := plan[len(plan)-2:].Run(step.Silent); err != nil {
		return err
	}
	text, err := os.ReadFile("/etc/hosts")
	if err != nil || !strings.Contains(string(text), "localhost") {
		return fmt.Errorf("/etc/hosts inside: %q: %w", text, err)
	}
	if _, err := os.Stat("/etc/resolv.conf"); err != nil {
		return err
	}
	return nil
}
