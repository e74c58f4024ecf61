package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// house is what was measured.
type house struct {
	files     []function // the files of the product, with their lines
	code      int        // lines of the product
	tests     int        // lines of tests: Go, scripts of testdata, programs of test/
	functions []function
	packages  map[string]bool // each folder of the product: whether it has a package comment

	manyParameters []string
	twoBools       []string
	lost           []string // errors given to Errorf without %w
	variables      []string // package variables that are neither table nor error
	exits          []string // calls that end the process, but the one of each main, or none there
	noComment      []string
}

// function is a function, or a file, and its length.
type function struct {
	where string
	lines int
}

// product are the folders of the product: only their code is measured.
var product = []string{"cmd", "lib"}

// measure reads the sources below root.
func measure(root string) (*house, error) {
	h := &house{packages: map[string]bool{}}
	for _, top := range append(slices.Clone(product), "test", "examples", "bench", "man") {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			return h.file(path, relative)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return h, nil
}

// file measures one file, by what it is.
func (h *house) file(path, relative string) error {
	top, _, _ := strings.Cut(relative, "/")
	isGo := filepath.Ext(path) == ".go"
	isScript := top == "test" && (filepath.Ext(path) == ".txt" || filepath.Ext(path) == ".sh")
	if !isGo && !isScript {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bytes.Count(text, []byte("\n"))
	switch {
	// What is built for a test alone is no product.
	case top == "test" || strings.HasSuffix(path, "_test.go") || bytes.HasPrefix(text, []byte("//go:build fault\n")):
		h.tests += lines
	case slices.Contains(product, top):
		h.files = append(h.files, function{relative, lines})
		h.code += lines
		return h.source(relative, text)
	}
	return nil
}

// source measures one Go file of the product.
func (h *house) source(name string, text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	folder := filepath.Dir(name)
	h.packages[folder] = h.packages[folder] || file.Doc.Text() != ""
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
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncType:
			h.parameters(n, at)
		case *ast.CallExpr:
			h.lose(n, at)
			if exits(n) {
				found = append(found, at(n, "ends the process"))
			}
		}
		return true
	})
	h.exit(name, found)
	return nil
}
