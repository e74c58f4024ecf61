package main

import (
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// special is what markdown would take for its own.
var special = regexp.MustCompile("[\\\\`*_{}\\[\\]<>|~&#]")

func plain(text string) string { return special.ReplaceAllString(text, `\$0`) }

func bold(text string) string { return "**" + plain(text) + "**" }

// markdown is a text as Go's comments have it.
func markdown(text string) string {
	p := comment.Printer{HeadingLevel: 3, HeadingID: func(*comment.Heading) string { return "" }}
	return string(p.Markdown(new(comment.Parser).Parse(text)))
}

// comment of a tool's package: its short manual.
func packageComment(root, tool string) (string, error) {
	path := filepath.Join(root, "cmd", tool, "main.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return "", err
	}
	return file.Doc.Text(), nil
}

// toolPage is the page of a tool, as markdown.
func toolPage(root string, tool verb) (string, error) {
	about, err := packageComment(root, tool.Name)
	if err != nil {
		return "", err
	}
	prose, err := os.ReadFile(filepath.Join(root, "man", tool.Name+".md"))
	if err != nil {
		return "", err
	}
	line, rest, _ := strings.Cut(string(prose), "\n")
	var page strings.Builder
	page.WriteString(title(tool.Name, 8))
	fmt.Fprintf(&page, "# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n", tool.Name, line)
	for _, v := range tool.Verbs {
		fmt.Fprintf(&page, "%s\n\n", synopsis(tool, v))
	}
	fmt.Fprintf(&page, "# DESCRIPTION\n\n%s\n# COMMANDS\n\nOf each:\n\n", markdown(about))
	writeFlags(&page, tool.Flags)
	for _, v := range tool.Verbs {
		fmt.Fprintf(&page, "\n### %s\n\n%s\n\n", synopsis(tool, v), plain(v.Help))
		about, example, _ := strings.Cut(v.Detail, "Example:")
		page.WriteString(markdown(about) + "\n")
		for _, a := range v.Args {
			fmt.Fprintf(&page, "%s\n: %s\n\n", operand(a), plain(a.Help))
		}
		writeFlags(&page, v.Flags)
		// As markdown, what is indented as a whole would be a paragraph.
		page.WriteString("Example:\n\n" + verbatim(strings.ReplaceAll(example, "\n    ", "\n")) + "\n")
	}
	page.WriteString(rest)
	return page.String(), nil
}

// synopsis is the line of the verb, with what it must have.
func synopsis(tool, v verb) string {
	words := []string{"**" + tool.Name + " " + v.Name + "**", `\[*option*...\]`}
	for _, f := range v.Flags {
		if f.Needed {
			words = append(words, option(f))
		}
	}
	for _, a := range v.Args {
		word := operand(a)
		if a.Name == "next" {
			word = "**--** " + word
		}
		if !a.Needed {
			word = `\[` + word + `\]`
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func operand(a arg) string {
	if a.Name == "next" {
		return "*command*..."
	}
	if a.Many {
		return "*" + a.Name + "*..."
	}
	return "*" + a.Name + "*"
}

// writeFlags writes the options, each group below its title.
func writeFlags(page *strings.Builder, flags []flag) {
	group := ""
	for _, f := range flags {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(page, "%s\n\n", plain(group))
		}
		fmt.Fprintf(page, "%s\n: %s\n\n", option(f), plain(f.Help))
	}
}

func option(f flag) string {
	var words []string
	if f.Short != "" {
		words = append(words, bold("-"+f.Short))
	}
	long := bold("--" + f.Name)
	if f.Value != "" {
		long += "=" + plain(f.Value)
	}
	words = append(words, long)
	if f.No {
		words = append(words, bold("--no-"+f.Name))
	}
	return strings.Join(words, ", ")
}

// scriptPage is the page of a script, as markdown: its own help, and prose.
func scriptPage(root, script string) (string, error) {
	help, err := exec.Command(filepath.Join(root, "scripts", script), "--help").Output()
	if err != nil {
		return "", fmt.Errorf("%s --help: %w", script, err)
	}
	prose, err := os.ReadFile(filepath.Join(root, "man", script+".md"))
	if err != nil {
		return "", err
	}
	line, rest, _ := strings.Cut(string(prose), "\n")
	usage, body, _ := strings.Cut(string(help), "\n\n")
	about, options, _ := strings.Cut(body, "\n  -")
	options, tail, _ := strings.Cut("\n  -"+options, "\n\n")
	tail, example, _ := strings.Cut(tail, "Example: ")
	return title(script, 8) + fmt.Sprintf("# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n%s\n# DESCRIPTION\n\n%s\n\n# OPTIONS\n\n%s\n# EXIT STATUS\n\n%s\n# EXAMPLES\n\n%s\n%s",
		script, line, verbatim(strings.ReplaceAll(strings.ReplaceAll(usage, "Usage: ", ""), "\n       ", "\n")), plain(about), verbatim(strings.ReplaceAll(options, "\n  ", "\n")), plain(tail), verbatim(example), rest), nil
}

// verbatim is a block that stays as it is.
func verbatim(text string) string {
	return "```\n" + strings.Trim(text, "\n ") + "\n```\n"
}
