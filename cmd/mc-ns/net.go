package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"mini-container/lib/name"
)

// netFlag is --net[=NAME|PATH]. A word that follows it is its value only where
// a lone -- comes later, so that "mc-ns run --net ls" runs ls, as fingers know
// it from unshare(1).
type netFlag struct {
	isNew bool
	path  string
}

// IsBool lets the flag stand without a value.
func (netFlag) IsBool() bool { return true }

// Decode reads the value, if there is one.
func (f *netFlag) Decode(ctx *kong.DecodeContext) error {
	token := ctx.Scan.Peek()
	if token.Type != kong.FlagValueToken && !f.followed(ctx.Scan) {
		f.isNew = true
		return nil
	}
	return f.set(ctx.Scan.Pop().String())
}

// followed tells whether the next word is the flag's value.
func (netFlag) followed(scan *kong.Scanner) bool {
	next := scan.Peek()
	if next.IsEOL() || next.Type == kong.ShortFlagTailToken || strings.HasPrefix(next.String(), "-") {
		return false
	}
	for _, later := range scan.PeekAll() {
		if later.String() == "--" {
			return true
		}
	}
	return false
}

func (f *netFlag) set(value string) error {
	if strings.Contains(value, "/") {
		f.path = value
		return nil
	}
	var n name.Name
	if err := n.UnmarshalText([]byte(value)); err != nil {
		return fmt.Errorf("%w, or a path", err)
	}
	f.path = n.Netns()
	return nil
}
