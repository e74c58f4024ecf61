package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// aliases are other words that fingers know for a verb. They are quiet: no
// help shows them, which kong's own aliases cannot be kept from.
var aliases = map[string][]string{
	"rm":   {"delete", "down"},
	"del":  {"delete", "down"},
	"list": {"ls"},
}

// unalias puts the verb's own name in the place of an alias.
func unalias(tool *kong.Node, args []string) []string {
	at := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if at < 0 {
		return args
	}
	for _, verb := range tool.Children {
		if slices.Contains(aliases[args[at]], verb.Name) {
			return slices.Concat(args[:at], []string{verb.Name}, args[at+1:])
		}
	}
	return args
}
