package tfmodels

import (
	"embed"
	"io/fs"
)

//go:embed *.go
var source embed.FS

// Source returns the Go source of this package as it was compiled, for reports that
// show the definition of a network.
func Source() fs.FS { return source }
