package dataset

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// samples holds the files that scripts/sample cuts; sample/README.md tells
// their source and licence.
//
//go:embed sample
var samples embed.FS

// openSample reads an embedded sample with the readers of the full data set.
func openSample(name string) (*Data, error) {
	k, _ := lookup(strings.TrimPrefix(name, samplePrefix))
	if k.readSample == nil {
		return nil, fmt.Errorf("%s: this data set has no embedded sample", name)
	}
	fsys, err := fs.Sub(samples, k.sample)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	train, test, err := k.readSample(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Data{Name: name, Train: train, Test: test, Source: "embedded sample", Sample: true}, nil
}
