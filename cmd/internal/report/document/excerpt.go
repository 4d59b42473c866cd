package document

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// excerpt returns the declarations of the given names from a Go source file, with their
// comments, in the order of the file. The name of a method is "type.method". The files
// are embedded, so they are the source from which this program was compiled.
func excerpt(directory fs.FS, file string, names ...string) (string, error) {
	text, err := fs.ReadFile(directory, file)
	if err != nil {
		return "", fmt.Errorf("source: %w", err)
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", fmt.Errorf("source: %w", err)
	}
	var parts []string
	missing := slices.Clone(names)
	for _, d := range parsed.Decls {
		name, doc := declared(d)
		if !slices.Contains(names, name) {
			continue
		}
		missing = slices.DeleteFunc(missing, func(n string) bool { return n == name })
		from := d.Pos()
		if doc != nil {
			from = doc.Pos()
		}
		parts = append(parts, string(text[files.Position(from).Offset:files.Position(d.End()).Offset]))
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("source: %s does not declare %s", file, strings.Join(missing, ", "))
	}
	return strings.Join(parts, "\n\n"), nil
}

// declared returns the name of a declared function, method or type, and its comment.
func declared(d ast.Decl) (name string, doc *ast.CommentGroup) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name = d.Name.Name
		if d.Recv != nil {
			receiver := d.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			if ident, ok := receiver.(*ast.Ident); ok {
				name = ident.Name + "." + name
			}
		}
		return name, d.Doc
	case *ast.GenDecl:
		if len(d.Specs) == 1 {
			if t, ok := d.Specs[0].(*ast.TypeSpec); ok {
				return t.Name.Name, d.Doc
			}
		}
	}
	return "", nil
}
