package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestConcurrent(t *testing.T) {
	for body, want := range map[string]bool{
		"func f() { go g() }":                         true,
		"func f() { if x { go func() {}() } }":        true,
		"func f() { wg.Go(g) }":                       true,
		"func f() { time.AfterFunc(1, g) }":           true,
		"func f(t *testing.T) { t.Parallel() }":       true,
		"import \"net/http\"\nvar c http.Client":      true,
		"func f() { g() } // go g()":                  false,
		"const text = `\n\tgo func() {}()\n`":         false,
		"type T struct{ Go int }\nvar n = T{}.Go + 1": false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+body, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := concurrent(file); got != want {
			t.Errorf("%s: got %t, want %t", body, got, want)
		}
	}
}

// A package that starts no goroutine, and one that imports a package that does.
func TestRun(t *testing.T) {
	const module = "github.com/tflab/tflab/"
	var out strings.Builder
	if err := run([]string{module + "tfmodels/keras/hdf5", module + "cmd/internal/prediction"}, &out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), module+"cmd/internal/prediction\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
