package lowlevel

import (
	"embed"
	"io/fs"
)

//go:embed *.go
var source embed.FS

// Source is the Go source of this package as it was compiled, for reports that
// show how a function is made.
func Source() fs.FS { return source }
