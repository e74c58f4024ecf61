package main

import (
	"errors"

	"github.com/alecthomas/kong"

	"mini-container/lib/rootfs"
)

// overlay is --overlay[=FOLDER]. It takes no word that follows.
type overlay struct{ layer *rootfs.Layer }

// IsBool lets the flag stand without a value.
func (overlay) IsBool() bool { return true }

// Decode reads the folder, if there is one.
func (o *overlay) Decode(ctx *kong.DecodeContext) error {
	o.layer = &rootfs.Layer{}
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	if o.layer.Folder = ctx.Scan.Pop().String(); o.layer.Folder == "" {
		return errors.New("must be a folder, or nothing")
	}
	return nil
}
