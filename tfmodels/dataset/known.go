package dataset

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// known is a data set that Open can open by name.
type known struct {
	name       string
	shape      [3]int   // height, width and channels of an image
	formats    []format // in the order in which a folder is searched
	remotes    []remote // in the order in which they are tried
	sample     string   // folder of the embedded sample; "" for none
	readSample func(fs.FS) (train, test *Set, err error)
}

// catalogue lists the data sets that Open can open by name. To add a data set, add an
// entry here.
func catalogue() []known {
	return []known{
		{"mnist", [3]int{28, 28, 1}, mnistFormats(), mnistRemotes(), "sample/mnist", readMNISTFolder},
		{"cifar10", [3]int{32, 32, 3}, cifarFormats(), cifarRemotes(), "sample/cifar-10-batches-bin", cifarBinary().readFolder},
	}
}

const samplePrefix = "sample-"

func lookup(name string) (known, bool) {
	all := catalogue()
	i := slices.IndexFunc(all, func(k known) bool { return k.name == name })
	if i < 0 {
		return known{}, false
	}
	return all[i], true
}

// Names returns the names of the data sets that Open can open, without their samples.
func Names() []string {
	var names []string
	for _, k := range catalogue() {
		names = append(names, k.name)
	}
	return names
}

// sampleNames lists the names of the embedded samples.
func sampleNames() []string {
	var names []string
	for _, k := range catalogue() {
		if k.readSample != nil {
			names = append(names, samplePrefix+k.name)
		}
	}
	return names
}

// ShapeOf returns the height, width and channels of the images of a data set, if Open
// can open it by name.
func ShapeOf(name string) (shape [3]int, ok bool) {
	k, ok := lookup(strings.TrimPrefix(name, samplePrefix))
	return k.shape, ok
}

func formatsOf(name string) ([]format, error) {
	k, ok := lookup(name)
	if !ok {
		return nil, fmt.Errorf("data set %q is not known: want %s", name, strings.Join(Names(), " or "))
	}
	return k.formats, nil
}

func officialRemotes(name string) []remote {
	k, _ := lookup(name)
	return k.remotes
}
