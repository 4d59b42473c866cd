package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestKeras runs the scripts that train with Keras, on the embedded samples.
func TestKeras(t *testing.T) {
	skipLong(t)
	python := os.Getenv("TFLAB_REFERENCE")
	if python == "" {
		t.Skip("TFLAB_REFERENCE is not set to the Python that scripts/reference/setup prints")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/keras",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TFLAB_REFERENCE", python)
			fixtures, err := filepath.Abs("../../testdata/keras")
			e.Setenv("FIXTURES", fixtures)
			return err
		},
	})
}
