package lowlevel

import (
	"embed"
	"io/fs"
)

//go:embed *.go
var source embed.FS

// Source returns the Go source of this package as it was compiled, for reports that
// show the implementation of a function.
func Source() fs.FS { return source }
