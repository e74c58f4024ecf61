package privilege

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestArgs reads the options that give what a process has.
func TestArgs(t *testing.T) {
	const ours = Default | 1<<unix.CAP_NET_RAW | 1<<unix.CAP_SYS_ADMIN
	set := func(s Set) *Set { return &s }
	for _, c := range []struct {
		name, options, unsaid string
		has                   Running
	}{
		{"as we are", "", "", Running{}},
		{"no new privileges", "--no-new-privs", "", Running{Spec: Spec{NoNewPrivs: true}}},
		{"nothing at all", "--cap-drop all", "", Running{Spec: Spec{Capabilities: set(0)}}},
		{"one less", "--cap-drop NET_RAW", "", Running{Spec: Spec{Capabilities: set(ours &^ (1 << unix.CAP_NET_RAW))}}},
		{"confined", "--confine", "docker's profile", Running{Filtered: true, Spec: Spec{
			NoNewPrivs: true, Capabilities: set(Default), Limits: []Limit{NoCore}}}},
		{"confined, and one more", "--confine --cap-add NET_RAW", "docker's", Running{Filtered: true, Spec: Spec{
			NoNewPrivs: true, Capabilities: set(Default | 1<<unix.CAP_NET_RAW)}}},
		{"filtered alone", "--seccomp default", "docker's", Running{Filtered: true}},
		{"somebody", "--user 12:34 --group-add 56", "", Running{Spec: Spec{User: "12:34", Groups: []string{"56"}}}},
		{"somebody with rights", "--cap-drop SYS_ADMIN --user 12:34", "has the capabilities KILL", Running{Spec: Spec{
			User: "12:34", Capabilities: set(ours &^ (1 << unix.CAP_SYS_ADMIN)), Kept: 1 << unix.CAP_KILL}}},
		{"no core dumps", "--ulimit core=1:1", "", Running{Spec: Spec{Limits: []Limit{NoCore}}}},
	} {
		c.has.ours = ours
		options, unsaid := c.has.Args(false)
		if got := strings.Join(options, " "); got != c.options {
			t.Errorf("%s: %q, not %q", c.name, got, c.options)
		}
		if got := strings.Join(unsaid, "; "); !strings.Contains(got, c.unsaid) || c.unsaid == "" && got != "" {
			t.Errorf("%s: unsaid is %q, not %q", c.name, got, c.unsaid)
		}
	}
}
