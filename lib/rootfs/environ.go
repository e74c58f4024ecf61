package rootfs

import (
	"errors"
	"strings"
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

// Environ is the environment of the command inside: of the caller's only TERM,
// and what is asked for by name.
func Environ(caller []string, more []Variable) []string {
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
	set("HOME", "/root")
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
	return out
}
