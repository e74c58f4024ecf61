package chain

import (
	"errors"
	"slices"
	"strings"

	"mini-container/lib/status"
)

// cleanPath is where a command is looked for inside, as Debian's login has it.
const cleanPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Variable is an environment variable K=V, or K alone for the caller's value.
type Variable string

// UnmarshalText takes anything with a name.
func (v *Variable) UnmarshalText(text []byte) error {
	if len(text) == 0 || text[0] == '=' {
		return errors.New("must be NAME=VALUE, or NAME for the caller's value")
	}
	*v = Variable(text)
	return nil
}

// Clean is the environment of a command that shall see nothing of the caller's:
// only TERM, and what is asked for by name; HOME is added when it is known who
// the command will be. What the chain itself hands on
// stays in it, for the last link to take out.
func Clean(caller []string, more ...Variable) []string {
	var names []string
	values := map[string]string{}
	set := func(name, value string) {
		if _, known := values[name]; !known {
			names = append(names, name)
		}
		values[name] = value
	}
	keep := func(name string) {
		for _, e := range caller {
			if value, is := strings.CutPrefix(e, name+"="); is {
				set(name, value)
			}
		}
	}
	set("PATH", cleanPath)
	keep("TERM")
	for _, v := range more {
		if name, value, has := strings.Cut(string(v), "="); has {
			set(name, value)
		} else {
			keep(name)
		}
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name + "=" + values[name]
	}
	return append(out, own(caller)...)
}

// own are the chain's variables: the promises of the links before must not be
// lost by a clean environment.
func own(environ []string) []string {
	var all []string
	for _, name := range []string{promisesVariable, scriptVariable, status.Variable} {
		if value := Lookup(environ, name); value != "" {
			all = append(all, name+"="+value)
		}
	}
	return all
}

// With gives environ with NAME=value in it, and without when value is empty.
func With(environ []string, name, value string) []string {
	var out []string
	for _, e := range environ {
		if !strings.HasPrefix(e, name+"=") {
			out = append(out, e)
		}
	}
	if value != "" {
		out = append(out, name+"="+value)
	}
	return out
}

// Lookup gives the value of an environment variable, empty when it is not set.
func Lookup(environ []string, name string) string {
	value := ""
	for _, e := range environ {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

// has tells whether an environment variable is set, be it to nothing.
func has(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, name+"=") })
}
