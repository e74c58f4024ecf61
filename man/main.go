// Man writes the man pages and the completions for bash, zsh and fish into a
// folder, as share/ of an installation has them.
//
//	go run ./man OUT
//
// What the tools say of themselves is asked of the tools, built with the tag
// manual, and of their package comments; the rest is prose beside this file.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

func main() {
	if err := run(".", os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

// run makes all files of the sources below root.
func run(root string, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("takes one folder to write to")
	}
	all, err := files(root)
	if err != nil {
		return err
	}
	for name, text := range all {
		path := filepath.Join(args[0], name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files gives the text of each file by its name in the folder.
func files(root string) (map[string]string, error) {
	tools, err := ask(root)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, t := range tools {
		text, err := toolPage(root, t)
		if err != nil {
			return nil, err
		}
		all["man/man8/"+t.Name+".8"] = roff(text)
		maps.Copy(all, completions(t))
	}
	for _, script := range scripts {
		text, err := scriptPage(root, script)
		if err != nil {
			return nil, err
		}
		all["man/man8/"+script+".8"] = roff(text)
	}
	whole, err := os.ReadFile(filepath.Join(root, "man", "mini-container.md"))
	if err != nil {
		return nil, err
	}
	all["man/man7/mini-container.7"] = roff(title("mini-container", 7) + string(whole))
	return all, nil
}

// title is the line that md2man makes the page's head of.
func title(name string, section int) string {
	return fmt.Sprintf("%% %q \"%d\" \"\" \"mini-container\" \"mini-container\"\n\n", strings.ToUpper(name), section)
}

// hyphen is a - that roff would make a typographic one of, which no search for
// an option finds and no shell takes.
var hyphen = regexp.MustCompile(`(^|[^\\])-`)

// roff is the page of its markdown.
func roff(markdown string) string {
	var page strings.Builder
	for line := range strings.Lines(string(md2man.Render([]byte(markdown)))) {
		switch {
		case strings.HasPrefix(line, ".TH "):
			line += ".nh\n.ad l\n" // words whole, lines ragged
		case !strings.HasPrefix(line, "."):
			line = hyphen.ReplaceAllString(hyphen.ReplaceAllString(line, `$1\-`), `$1\-`)
		}
		page.WriteString(line)
	}
	return page.String()
}
