package main

import (
	"fmt"
	"strings"
)

// names is the shell command that prints what a tool's NAME can be.
func names(tool string) string {
	if tool == "mc-cgroup" {
		return `find /sys/fs/cgroup/mini-container /sys/fs/cgroup/unified/mini-container -mindepth 1 -maxdepth 1 -type d -printf '%f\n' 2>/dev/null`
	}
	return `ls /run/netns 2>/dev/null`
}

// completions are the files of the tool for three shells, by their places in
// share/.
func completions(t verb) map[string]string {
	return map[string]string{
		"bash-completion/completions/" + t.Name:         bash(t),
		"zsh/site-functions/_" + t.Name:                 zsh(t),
		"fish/vendor_completions.d/" + t.Name + ".fish": fish(t),
	}
}

// long are the flags as words.
func long(flags ...[]flag) string {
	var words []string
	for _, some := range flags {
		for _, f := range some {
			words = append(words, "--"+f.Name)
		}
	}
	return strings.Join(words, " ")
}

func words(t verb) string {
	var all []string
	for _, v := range t.Verbs {
		all = append(all, v.Name)
	}
	return strings.Join(all, " ")
}

// named is whether the verb is about a container, by its name.
func named(v verb) bool { return len(v.Args) > 0 && v.Args[0].Name == "name" }

// takes are the flags whose value is the next word, as a pattern of case.
func takes(v verb) string {
	var all []string
	for _, f := range v.Flags {
		if f.Value != "" {
			all = append(all, "--"+f.Name)
		}
	}
	return strings.Join(all, "|")
}

// bash hands over, behind --, to what completes the next link.
func bash(t verb) string {
	b := &strings.Builder{}
	fn := "_" + strings.ReplaceAll(t.Name, "-", "_")
	fmt.Fprintf(b, `# %s completion for bash, made from the tool's own model.
%s() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			! declare -F _command_offset >/dev/null || _command_offset $((i + 1))
			return
		fi
	done
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W %q -- "$cur"))
		return
	fi
	local flags=%q names=
	case ${COMP_WORDS[1]} in
`, t.Name, fn, words(t)+" --help --version", long(t.Flags))
	for _, v := range t.Verbs {
		fmt.Fprintf(b, "\t%s)\n\t\tflags+=%q\n", v.Name, " "+long(v.Flags))
		if named(v) {
			fmt.Fprintf(b, "\t\tnames=$(%s)\n", names(t.Name))
		}
		if flags := takes(v); flags != "" {
			fmt.Fprintf(b, "\t\tcase $prev in %s)\n\t\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\t\t\t[[ $prev != --net ]] || COMPREPLY+=($(compgen -W \"$(ls /run/netns 2>/dev/null)\" -- \"$cur\"))\n\t\t\treturn ;;\n\t\tesac\n", flags)
		}
		b.WriteString("\t\t;;\n")
	}
	fmt.Fprintf(b, `	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$flags --" -- "$cur"))
	else
		COMPREPLY=($(compgen -W "$names" -- "$cur") $(compgen -f -- "$cur"))
	fi
}
complete -F %s %s
`, fn, t.Name)
	return b.String()
}

// zsh and fish are told the same words.
func zsh(t verb) string {
	b := &strings.Builder{}
	fmt.Fprintf(b, `#compdef %s
local i=${words[(i)--]}
if (( i < CURRENT )); then
	shift $i words
	(( CURRENT -= i ))
	_normal
	return
fi
if (( CURRENT == 2 )); then
	compadd -- %s
	return
fi
local -a flags=(%s)
case $words[2] in
`, t.Name, words(t), long(t.Flags))
	for _, v := range t.Verbs {
		fmt.Fprintf(b, "%s) flags+=(%s) ;;\n", v.Name, long(v.Flags))
	}
	fmt.Fprintf(b, `esac
if [[ $PREFIX == -* ]]; then
	compadd -- $flags --
else
	compadd -- ${(f)"$(%s)"}
	_files
fi
`, names(t.Name))
	return b.String()
}

func fish(t verb) string {
	b := &strings.Builder{}
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
	}
	said := func(when string, flags []flag) {
		for _, f := range flags {
			value := ""
			if f.Value != "" {
				value = " -r"
			}
			fmt.Fprintf(b, "complete -c %s%s -l %s%s -d %s\n", t.Name, when, f.Name, value, quote(f.Help))
		}
	}
	said("", t.Flags)
	for _, v := range t.Verbs {
		fmt.Fprintf(b, "complete -c %s -f -n __fish_use_subcommand -a %s -d %s\n", t.Name, v.Name, quote(v.Help))
		when := fmt.Sprintf(" -n '__fish_seen_subcommand_from %s'", v.Name)
		if named(v) {
			fmt.Fprintf(b, "complete -c %s%s -a %s\n", t.Name, when, quote("("+names(t.Name)+")"))
		}
		said(when, v.Flags)
	}
	return b.String()
}
