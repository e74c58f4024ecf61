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

// A command that is not inside is found while all can be taken back; one that
// only a mount brings, or that only the inside can reach, is not missed.
func TestCommand(t *testing.T) {
	shared := t.TempDir()
	must(t, os.WriteFile(filepath.Join(shared, "server"), []byte("#!/bin/sh\n"), 0o755))
	onHost := filepath.Join(shared, "server") // there outside, not inside
	for name, c := range map[string]struct {
		command, path, workdir string
		missing                bool
	}{
		"nothing":                  {command: "nothing", path: "/bin:/usr/bin", missing: true},
		"nothing with a slash":     {command: "/bin/nothing", path: "/bin", missing: true},
		"beneath a file":           {command: "/data/file/x", missing: true},
		"the host's":               {command: onHost, missing: true},
		"no PATH":                  {command: "sh", missing: true},
		"in the PATH":              {command: "sh", path: "/usr/bin:/bin"},
		"a link":                   {command: "link", path: "/bin"},
		"a link to nothing":        {command: "dangling", path: "/bin", missing: true},
		"a link to the host":       {command: "/bin/out", missing: true},
		"in circles":               {command: "/bin/circle"}, // the chain says that
		"on a bind":                {command: "/srv/server"},
		"on a bind, by the PATH":   {command: "server", path: "/bin:/srv"},
		"on a bind, by a link":     {command: "/bin/server"},
		"not on a bind":            {command: "/srv/client", missing: true},
		"in the working directory": {command: "./server", workdir: "/srv"},
		"not there":                {command: "./server", workdir: "/data", missing: true},
		"above it":                 {command: "../bin/sh", workdir: "/data"},
		"in /dev":                  {command: "/dev/null"}, // the chain says what
		"in /proc":                 {command: "/proc/version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := makeRoot(t)
			must(t, os.WriteFile(filepath.Join(root, "bin/sh"), nil, 0o755))
			for link, text := range map[string]string{
				"link": "/bin/sh", "dangling": "/bin/none", "out": onHost, "circle": "circle", "server": "/srv/server",
			} {
				must(t, os.Symlink(text, filepath.Join(root, "bin", link)))
			}
			spec := Spec{Root: root, Command: c.command, Path: c.path, Workdir: c.workdir,
				Binds: []Bind{{Source: shared, Target: "/srv"}}}
			inNamespace(t, func() error { return commandIn(spec, c.missing) })
		})
	}
}

func commandIn(spec Spec, missing bool) error {
	before, err := state(spec.Root)
	if err != nil {
		return err
	}
	plan, err := Pivot(spec)
	if err != nil {
		return err
	}
	err = plan.Run(step.Silent)
	if !missing {
		return err
	}
	var exit interface{ ExitStatus() int }
	if !errors.As(err, &exit) || exit.ExitStatus() != 127 || strings.Contains(err.Error(), "undoing") {
		return fmt.Errorf("%w, want the exit status 127", err)
	}
	if after, err := state(spec.Root); err != nil || after != before {
		return fmt.Errorf("left (%w):\n%s\nbefore:\n%s", err, after, before)
	}
	return nil
}
