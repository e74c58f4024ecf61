//go:build !manual

package cli

import "github.com/alecthomas/kong"

// manual tells whether it has printed what the tool has, instead of doing it.
func manual(*kong.Kong, *Env) bool { return false }
