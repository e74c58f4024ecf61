//go:build manual

package cli

import (
	"encoding/json"
	"fmt"

	"github.com/alecthomas/kong"
)

// manualVerb is a verb, or the tool itself, as the manual needs it. Only what
// is built for the manual has it.
type manualVerb struct {
	Name, Help, Detail string
	Args               []manualArg
	Flags              []manualFlag
	Verbs              []manualVerb
}

type manualArg struct {
	Name, Help string
	Many       bool // any number of words
	Needed     bool // it has to be given
}

type manualFlag struct {
	Name, Short, Help, Group string
	Value                    string // what stands after =, or nothing
	No                       bool   // there is a --no-NAME
	Needed                   bool   // it has to be given
}

// manual prints all that the tool takes, as JSON, whatever it was asked.
func manual(k *kong.Kong, env *Env) bool {
	out := json.NewEncoder(env.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(verbOf(k.Model.Node)); err != nil {
		fmt.Fprintln(env.Stderr, err)
	}
	return true
}

func verbOf(n *kong.Node) manualVerb {
	v := manualVerb{Name: n.Name, Help: n.Help, Detail: n.Detail}
	for _, arg := range n.Positional {
		v.Args = append(v.Args, manualArg{Name: arg.Name, Help: arg.Help, Many: arg.IsCumulative(), Needed: arg.Required})
	}
	for _, f := range n.Flags {
		if !f.Hidden {
			v.Flags = append(v.Flags, flagOf(f))
		}
	}
	for _, child := range n.Children {
		if !child.Hidden {
			v.Verbs = append(v.Verbs, verbOf(child))
		}
	}
	return v
}

func flagOf(f *kong.Flag) manualFlag {
	m := manualFlag{Name: f.Name, Help: f.Help, No: f.Tag.Negatable != "", Needed: f.Required}
	if !f.IsBool() && !f.IsCounter() {
		m.Value = f.FormatPlaceHolder()
	}
	if f.Short != 0 {
		m.Short = string(f.Short)
	}
	if f.Group != nil {
		m.Group = f.Group.Title
	}
	for _, variable := range f.Envs {
		m.Help += " ($" + variable + ")"
	}
	return m
}
