// Package reference embeds the Keras programs of this folder, so that an installed
// tflab can run them.
package reference

import (
	"embed"
	"io/fs"
)

//go:embed *.py
var programs embed.FS

// Programs returns the Python files. The program to run is lab.py.
func Programs() fs.FS { return programs }
