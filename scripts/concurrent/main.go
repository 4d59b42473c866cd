// Command concurrent prints the packages for which the race detector is useful: those
// whose test binary has, in any imported package, code that runs in more than one
// goroutine.
//
//	go test -race $(go run ./scripts/concurrent ./...)
//
// The other packages run in a single goroutine, without data races, and would only be
// slower with the detector.
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

// run writes the concurrent packages among those that match the patterns, one per line.
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

// goPackage is a package as described by go list: one to import, one with its test
// files, or the main package of a test, whose path ends in ".test".
type goPackage struct {
	ImportPath, Dir   string
	Standard          bool
	GoFiles, CgoFiles []string
	Deps              []string // direct and indirect imports
}

// list describes the packages that match the patterns, their tests, and all that they
// import.
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

// startsGoroutines reports whether the package's own files start goroutines. It
// excludes the standard library, which starts goroutines in many places and is tested
// elsewhere.
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
// handlers in goroutines, or calls a function that runs another function in a
// goroutine: WaitGroup.Go, AfterFunc of context and time, and T.Parallel.
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
