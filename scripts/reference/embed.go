// Package reference holds the Keras programs of this folder, so that tflab can
// run them wherever it is installed.
package reference

import (
	"embed"
	"io/fs"
)

//go:embed *.py
var programs embed.FS

// Programs are the Python files. The one to run is lab.py.
func Programs() fs.FS { return programs }
