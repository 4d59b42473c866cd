package dataset

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Location is a place that is searched for a data set, and the result.
type Location struct {
	Dataset string // "mnist" or "cifar10"
	Place   string // the folder that was searched
	Owner   string // owner of the folder: "given", "Keras" or "tflab"
	Path    string // the folder or file that was found; "" if none
	Format  string // description of its format

	format format
}

// format is a file format of a data set.
type format struct {
	name string
	// find returns the path of the data set in this format under dir, or "".
	find func(dir string) string
	read func(path string) (train, test *Set, err error)
}

// Locate returns the places that Open searches for the named data set, in order, and
// what is there. It looks only at file names, so a file that it finds may still be
// invalid. If Options.Dir is set, the folder must exist.
func Locate(name string, o Options) ([]Location, error) {
	formats, err := formatsOf(name)
	if err != nil {
		return nil, err
	}
	places, err := o.places()
	if err != nil {
		return nil, err
	}
	for i := range places {
		places[i].Dataset = name
		for _, f := range formats {
			if path := f.find(places[i].Place); path != "" {
				places[i].Path, places[i].Format, places[i].format = path, f.name, f
				break
			}
		}
	}
	return places, nil
}

// Read reads the data set at the location. It checks sizes, counts and labels.
func (l Location) Read() (*Data, error) {
	if l.Path == "" {
		return nil, fmt.Errorf("%s: has no %s", l.Place, l.Dataset)
	}
	train, test, err := l.format.read(l.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.Dataset, err)
	}
	return &Data{Name: l.Dataset, Train: train, Test: test, Source: l.Path}, nil
}

func mnistFormats() []format {
	readFolder := inFolder(readMNISTFolder)
	return []format{
		{"idx files", func(dir string) string {
			for _, sub := range []string{"", "mnist"} {
				if folder := filepath.Join(dir, sub); hasMNISTFiles(folder) {
					return folder
				}
			}
			return ""
		}, readFolder},
		{"npz archive", oneOf("mnist.npz", "mnist/mnist.npz"), readMNISTArchive},
	}
}

func cifarFormats() []format {
	binary, python := cifarBinary(), cifarPython()
	return []format{
		{"binary batches", oneOf("cifar-10-batches-bin"), inFolder(binary.readFolder)},
		{"binary batches", folderWith("data_batch_1.bin"), inFolder(binary.readFolder)},
		// Keras 3 unpacks its archive into a folder named after the archive.
		{"Python batches", oneOf("cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py"), inFolder(python.readFolder)},
		{"Python batches", folderWith("data_batch_1"), inFolder(python.readFolder)},
		{"binary archive", oneOf("cifar-10-binary.tar.gz"), inFile(binary.readTar)},
		{"Python archive", oneOf("cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz"), inFile(python.readTar)},
	}
}

// oneOf returns a function that finds the first of names, folders or files, in a
// folder.
func oneOf(names ...string) func(dir string) string {
	return func(dir string) string {
		if name := exists(os.DirFS(dir), names...); name != "" {
			return filepath.Join(dir, name)
		}
		return ""
	}
}

// folderWith returns a function that finds the folder itself if it contains the file.
func folderWith(file string) func(dir string) string {
	return func(dir string) string {
		if exists(os.DirFS(dir), file) != "" {
			return dir
		}
		return ""
	}
}

// inFolder adapts a reader of a folder's files to a path. The reader's errors start
// with the name of a file in the folder, to which inFolder adds the folder.
func inFolder(read func(fs.FS) (train, test *Set, err error)) func(string) (train, test *Set, err error) {
	return func(path string) (train, test *Set, err error) {
		if train, test, err = read(os.DirFS(path)); err != nil {
			return nil, nil, fmt.Errorf("%s%c%w", path, filepath.Separator, err)
		}
		return train, test, nil
	}
}

// inFile adapts a reader of one file to a path.
func inFile(read func(fsys fs.FS, name string) (train, test *Set, err error)) func(string) (train, test *Set, err error) {
	return func(path string) (train, test *Set, err error) {
		dir, name := filepath.Split(path)
		return inFolder(func(fsys fs.FS) (train, test *Set, err error) { return read(fsys, name) })(filepath.Clean(dir))
	}
}
