package main

import (
	"bytes"
	"strings"
	"testing"

	"mini-container/lib/cli"
)

// said runs the tool without a process: nothing that it is asked here changes
// anything.
func said(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: []string{"PATH=/bin"}}
	status = cli.Main("mc-net", &commands{}, args, env)
	return status, out.String(), errs.String()
}

// TestMisuse: wrong arguments are one line on stderr, 125, and nothing else.
func TestMisuse(t *testing.T) {
	for args, want := range map[string]string{
		"exec":                                          `expected "<name>`,
		"exec A -- true":                                `"A": a name is 1 to 63 of a-z, 0-9 and -, neither first nor last a -, or a path`,
		"exec host-1 --mme -- true":                     "unknown flag --mme",
		"exec --pid 4 -- true":                          "unknown flag --pid",
		"exec ./none -- /bin/sh":                        "./none: no such file or directory",
		"check":                                         `expected "<name>"`,
		"check a b":                                     "unexpected argument b",
		"check /dev/null":                               "/dev/null: is no network namespace",
		"wait host-1 --tcp 0x":                          "--tcp: expected a valid 16 bit uint",
		"wait host-1 --tcp 65536":                       "--tcp",
		"wait host-1 --timeout NaN":                     "a time is a number of seconds",
		"wait host-1 --timeout=-0.5":                    "a time is a number of seconds",
		"wait host-1 --timeout 1e10":                    "a time is a number of seconds",
		"capture a --count 0":                           "must be a number from 1 on",
		"gc --after soon":                               "a time is a number of seconds",
		"map host-1":                                    "unexpected argument host-1",
		"map --dott":                                    "unknown flag --dott",
		"up host-1 --ip 192.168.1.2":                    "has no prefix: say 192.168.1.2/24",
		"up host-1 --ip 192.168.1.2/24 --publish 80":    "must be [HOSTIP:]HOSTPORT:PORT",
		"up host-1 --ip 192.168.1.2/24 --rate 10":       "a rate is a number of bits per second",
		"up host-1 --ip 192.168.1.2/24 --vlan 4096":     "a VLAN has a number from 1 to 4094",
		"up host-1 --ip 192.168.1.2/24 --mtu 1":         "an MTU is a number from 68",
		"up host-1 --ip 192.168.1.2/24 --mac 1":         "is no MAC address",
		"up host-1 --ip 192.168.1.2/24 --bridge a/b":    "the name of a link",
		"up host-1 --ip 192.168.1.2/24 --pid=-3":        "is no number of a process",
		"up host-1 --ip 192.168.1.2/24 --subnet 10.1.1": "--subnet",
		"nothing": "unexpected argument nothing",
		"":        `expected one of`,
	} {
		status, stdout, stderr := said(t, strings.Fields(args)...)
		if status != 125 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "mc-net: ") || !strings.Contains(stderr, want) {
			t.Errorf("%q: %d, stdout %q, stderr %q: want %q", args, status, stdout, stderr, want)
		}
	}
}
