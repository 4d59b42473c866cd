package tfmodels_test

import (
	"os"
	"strings"
	"testing"
)

// The README's example is the function train of this package's examples, which the
// compiler checks.
func TestReadmeExample(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := strings.Cut(string(source), "func train(ctx context.Context, dir string) error {\n")
	if !found {
		t.Fatal("example_test.go has no function train")
	}
	body, _, _ = strings.Cut(body, "\n}\n")
	want := strings.ReplaceAll("\n"+body, "\n\t", "\n")
	if !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not show the example as it is compiled, want%s", want)
	}
}
