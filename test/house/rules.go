package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
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

// lose: each error that is given to Errorf is wrapped.
func (h *house) lose(c *ast.CallExpr, at place) {
	if qualified(c) != "fmt.Errorf" {
		return
	}
	given := 0
	for _, argument := range c.Args[1:] {
		if takesError(argument) {
			given++
		}
	}
	wrapped := 0
	ast.Inspect(c.Args[0], func(node ast.Node) bool {
		if part, is := node.(*ast.BasicLit); is {
			wrapped += strings.Count(part.Value, "%w")
		}
		return true
	})
	if given > wrapped {
		h.lost = append(h.lost, at(c, "fmt.Errorf"))
	}
}

// exit: main.go of a tool ends the process at one place, and nothing else does.
func (h *house) exit(name string, found []string) {
	if isMain, _ := filepath.Match("cmd/*/main.go", name); isMain {
		if len(found) == 0 {
			h.exits = append(h.exits, name+": no os.Exit")
			return
		}
		found = found[1:]
	}
	h.exits = append(h.exits, found...)
}

// exits tells whether the call ends the process.
func exits(c *ast.CallExpr) bool {
	switch qualified(c) {
	case "os.Exit", "syscall.Exit", "unix.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf":
		return true
	}
	return false
}

// takesError tells whether the expression is an error by its name: err, errno,
// or one with Err in it; a call of Error makes the text of one.
func takesError(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name == "err" || x.Name == "errno" || strings.Contains(x.Name, "Err")
	case *ast.SelectorExpr:
		// A member that is called Error is a text.
		return x.Sel.Name != "Error" && takesError(x.Sel)
	case *ast.CallExpr:
		called, is := x.Fun.(*ast.SelectorExpr)
		return is && (called.Sel.Name == "Error" || called.Sel.Name == "Err")
	}
	return false
}

// declaration: a package variable is a table or an error, and an exported type
// has a comment of its own or of its group.
func (h *house) declaration(d *ast.GenDecl, at place) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc.Text() == "" && d.Doc.Text() == "" {
				h.noComment = append(h.noComment, at(s, s.Name.Name))
			}
		case *ast.ValueSpec:
			if d.Tok == token.VAR && !embedded(d.Doc) {
				h.variable(s, at)
			}
		}
	}
}

func (h *house) variable(s *ast.ValueSpec, at place) {
	if embedded(s.Doc) {
		return
	}
	for i, name := range s.Names {
		if name.Name == "_" || i < len(s.Values) && constant(s.Values[i]) {
			continue
		}
		// The one that the linker sets, and the one that is read before main.
		where := at(name, name.Name)
		if name.Name == "version" && strings.HasPrefix(where, "lib/cli/") ||
			name.Name == "before" && strings.HasPrefix(where, "lib/nofile/") {
			continue
		}
		h.variables = append(h.variables, where)
	}
}

// embedded tells whether the compiler makes the variable of a file.
func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && strings.HasPrefix(doc.List[len(doc.List)-1].Text, "//go:embed ")
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
		switch qualified(v) {
		case "errors.New", "fmt.Errorf", "netip.MustParsePrefix", "netip.MustParseAddr", "regexp.MustCompile":
			return true
		}
	}
	return false
}
