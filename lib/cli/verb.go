package cli

import (
	"reflect"
	"regexp"
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

// verbs are the fields of the tool's commands that are verbs, by their words.
func verbs(commands any) map[string]reflect.StructField {
	all := map[string]reflect.StructField{}
	t := reflect.TypeOf(commands).Elem()
	for i := range t.NumField() {
		f := t.Field(i)
		if _, is := f.Tag.Lookup("cmd"); is {
			all[strings.ToLower(f.Name)] = f
		}
	}
	return all
}

// meant finds the word of the args that is the verb, where no flag before it
// can have taken it for its value, and puts the verb's own name in the place of
// an alias. The verb is empty when it is not clear.
func meant(all map[string]reflect.StructField, args []string) (verb string, unaliased []string) {
	at := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	if at < 0 {
		return "", args
	}
	word := args[at]
	if _, is := all[word]; !is {
		for _, name := range aliases[word] {
			if _, is := all[name]; is {
				word = name
			}
		}
		args = slices.Concat(args[:at], []string{word}, args[at+1:])
	}
	if _, is := all[word]; !is || at > 0 {
		return "", args
	}
	return word, args
}

// only lets kong look at one verb. It takes some 30 microseconds for each flag
// that it builds, which is most of what a short-lived tool does.
func only(verb string, all map[string]reflect.StructField, commands any) kong.Option {
	var others []string
	for name, f := range all {
		if name != verb {
			others = append(others, f.Name)
		}
	}
	if verb == "" || len(others) == 0 {
		return kong.OptionFunc(func(*kong.Kong) error { return nil })
	}
	slices.Sort(others)
	tool := regexp.QuoteMeta(reflect.TypeOf(commands).Elem().Name())
	return kong.IgnoreFields("^" + tool + `\.(` + strings.Join(others, "|") + ")$")
}
