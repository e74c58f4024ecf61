package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// userns is --userns[=auto]: unlike --net it takes no word that follows.
type userns string

const (
	usernsSelf userns = "self"
	usernsAuto userns = "auto"
)

// IsBool lets the flag stand without a value.
func (userns) IsBool() bool { return true }

// Decode reads the value, if there is one.
func (u *userns) Decode(ctx *kong.DecodeContext) error {
	*u = usernsSelf
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	switch value := ctx.Scan.Pop().String(); value {
	case "auto":
		*u = usernsAuto
	case "self", "true":
	default:
		return fmt.Errorf("%q: must be auto, or nothing", value)
	}
	return nil
}
