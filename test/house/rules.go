package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// place says where a node is, and what it is.
type place func(node ast.Node, what string) string

// function: the exported have a comment. A method of an unexported type is not
// seen from outside.
func (h *house) function(d *ast.FuncDecl, at place) {
	if !d.Name.IsExported() || d.Doc.Text() != "" {
		return
	}
	if d.Recv != nil && !ast.IsExported(receiver(d.Recv.List[0].Type)) {
		return
	}
	// The methods of errors and steps that have one meaning everywhere.
	switch d.Name.Name {
	case "Error", "Unwrap", "String", "ExitStatus":
		return
	}
	h.noComment = append(h.noComment, at(d, d.Name.Name))
}

func receiver(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// parameters: at most five, and never two bools in a row: a caller could take
// one for the other.
func (h *house) parameters(f *ast.FuncType, at place) {
	var types []string
	for _, field := range f.Params.List {
		kind := ""
		if name, is := field.Type.(*ast.Ident); is {
			kind = name.Name
		}
		for range max(1, len(field.Names)) {
			types = append(types, kind)
		}
	}
	if len(types) > 5 {
		h.manyParameters = append(h.manyParameters, at(f, "func"))
	}
	for i := 1; i < len(types); i++ {
		if types[i] == "bool" && types[i-1] == "bool" {
			h.twoBools = append(h.twoBools, at(f, "func"))
		}
	}
}

// qualified is the called function as pkg.Name, or nothing.
func qualified(c *ast.CallExpr) string {
	if called, is := c.Fun.(*ast.SelectorExpr); is {
		if pkg, is := called.X.(*ast.Ident); is {
			return pkg.Name + "." + called.Sel.Name
		}
	}
	return ""
}

// lose: an error that is given to Errorf is wrapped.
func (h *house) lose(c *ast.CallExpr, at place) {
	if qualified(c) != "fmt.Errorf" {
		return
	}
	format, is := c.Args[0].(*ast.BasicLit)
	if !is || strings.Contains(format.Value, "%w") {
		return
	}
	if slices.ContainsFunc(c.Args[1:], takesError) {
		h.lost = append(h.lost, at(c, "fmt.Errorf"))
	}
}

// exits tells whether the call ends the process.
func exits(c *ast.CallExpr) bool {
	switch qualified(c) {
	case "os.Exit", "syscall.Exit", "unix.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf":
		return true
	}
	return false
}

// takesError tells whether the expression is an error by its name: the house
// calls them err, or fooErr.
func takesError(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name == "err" || x.Name == "errno" || strings.HasSuffix(x.Name, "Err")
	case *ast.CallExpr:
		called, is := x.Fun.(*ast.SelectorExpr)
		return is && called.Sel.Name == "Error" && takesError(called.X)
	}
	return false
}

// declaration: a package variable is a table or an error.
func (h *house) declaration(d *ast.GenDecl, at place) {
	if d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		values := spec.(*ast.ValueSpec)
		for i, name := range values.Names {
			if name.Name == "_" || i < len(values.Values) && constant(values.Values[i]) {
				continue
			}
			// The one that the linker sets.
			if name.Name == "version" {
				continue
			}
			h.variables = append(h.variables, at(name, name.Name))
		}
	}
}

// constant tells whether a value is a table or an error: made once, by a
// literal.
func constant(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return constant(v.X)
	case *ast.CallExpr:
		called, is := v.Fun.(*ast.SelectorExpr)
		if !is {
			return false
		}
		switch called.Sel.Name {
		case "New", "Errorf", "MustParsePrefix", "MustParseAddr", "MustCompile":
			return true
		}
	}
	return false
}
