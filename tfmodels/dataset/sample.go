package dataset

import (
	"embed"
	"fmt"
	"io/fs"
)

// samples holds the files that scripts/sample cuts; sample/README.md tells
// their source and licence.
//
//go:embed sample
var samples embed.FS

// openSample reads an embedded sample with the readers of the full data set.
func openSample(name string) (*Data, error) {
	folder, read := "sample/mnist", readMNISTFolder
	if name == "sample-cifar10" {
		folder, read = "sample/cifar-10-batches-bin", cifarBinary().readFolder
	}
	fsys, err := fs.Sub(samples, folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	train, test, err := read(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Data{Name: name, Train: train, Test: test, Source: "embedded sample", Sample: true}, nil
}
