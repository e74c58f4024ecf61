package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// house is what was measured.
type house struct {
	files     []int // lines of each file of the product
	code      int   // lines of the product, examples included
	tests     int   // lines of tests: Go, scripts of testdata, programs of test/
	functions []function

	manyParameters []string
	twoBools       []string
	lost           []string // errors given to Errorf without %w
	variables      []string // package variables that are neither table nor error
	exits          []string // calls that end the process, but the one of each main
	noComment      []string
}

type function struct {
	where string
	lines int
}

// measure reads the sources below root.
func measure(root string) (*house, error) {
	h := &house{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "build" || name == "bin" || name == "rootfs") {
				return filepath.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return h.file(path, relative)
	})
	return h, err
}

// file measures one file, by what it is.
func (h *house) file(path, relative string) error {
	inTest := strings.HasPrefix(relative, "test/")
	switch extension := filepath.Ext(path); {
	case extension == ".go":
	case inTest && (extension == ".txt" || extension == ".sh"):
	default:
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bytes.Count(text, []byte("\n"))
	if inTest || strings.HasSuffix(path, "_test.go") {
		h.tests += lines
		return nil
	}
	h.files = append(h.files, lines)
	h.code += lines
	return h.source(relative, text)
}

// source measures one Go file of the product.
func (h *house) source(name string, text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	at := func(node ast.Node, what string) string {
		return fmt.Sprintf("%s:%d %s", name, set.Position(node.Pos()).Line, what)
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			lines := set.Position(d.End()).Line - set.Position(d.Pos()).Line + 1
			h.functions = append(h.functions, function{at(d, d.Name.Name), lines})
			h.function(d, at)
		case *ast.GenDecl:
			h.declaration(d, at)
		}
	}
	allowed := exitsOfMain
	if file.Name.Name != "main" || filepath.Base(name) != "main.go" {
		allowed = 0
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncType:
			h.parameters(n, at)
		case *ast.CallExpr:
			h.lose(n, at)
			if exits(n) {
				if allowed--; allowed < 0 {
					h.exits = append(h.exits, at(n, "ends the process"))
				}
			}
		}
		return true
	})
	return nil
}
