// Command concurrent prints the packages whose tests the race detector can say something
// about: those where the test's binary, in any package that it imports, has code that
// runs in more than one goroutine.
//
//	go test -race $(go run ./scripts/concurrent ./...)
//
// The other packages run in one goroutine, where there are no races, and the detector
// would only make them slower.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "concurrent:", err)
		os.Exit(1)
	}
}

// run writes the concurrent ones of the packages that match the patterns, one a line.
func run(patterns []string, out io.Writer) error {
	packages, err := list(patterns)
	if err != nil {
		return err
	}
	starts := map[string]bool{}
	for _, p := range packages {
		if starts[p.ImportPath], err = p.startsGoroutines(); err != nil {
			return err
		}
	}
	for _, p := range packages {
		tested, isTest := strings.CutSuffix(p.ImportPath, ".test")
		if isTest && slices.ContainsFunc(p.Deps, func(path string) bool { return starts[path] }) {
			fmt.Fprintln(out, tested)
		}
	}
	return nil
}

// goPackage is a package as go list describes it: one to import, one together with its
// test files, or the main package of a test, whose path ends in ".test".
type goPackage struct {
	ImportPath, Dir   string
	Standard          bool
	GoFiles, CgoFiles []string
	Deps              []string // direct and indirect imports
}

// list describes the packages that match the patterns, their tests, and all they import.
func list(patterns []string) ([]goPackage, error) {
	command := exec.Command("go", append([]string{"list", "-test", "-deps", "-json=ImportPath,Dir,Standard,GoFiles,CgoFiles,Deps", "--"}, patterns...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages = append(packages, p)
	}
}

// startsGoroutines reports whether the package's own files start goroutines. The standard
// library is left out: it starts some everywhere and is tested by its authors.
func (p goPackage) startsGoroutines() (bool, error) {
	if p.Standard || strings.HasSuffix(p.ImportPath, ".test") {
		return false, nil
	}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return false, err
		}
		if concurrent(file) {
			return true, nil
		}
	}
	return false, nil
}

// concurrent reports whether a file has a go statement, imports net/http, which calls
// handlers in goroutines, or calls one of the methods and functions that run a function
// in another goroutine: WaitGroup.Go, AfterFunc of context and time, and T.Parallel.
func concurrent(file *ast.File) bool {
	found := slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"net/http"` })
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok {
				found = found || slices.Contains([]string{"Go", "AfterFunc", "Parallel"}, f.Sel.Name)
			}
		}
		return !found
	})
	return found
}
