package dataset

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"

	"github.com/tflab/tflab/graphs/npy"
)

// mnistSide is the height and width of a digit.
const mnistSide = 28

func mnistClasses() []string {
	return []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
}

// idxSpellings returns the known names of one of the four MNIST files, such as
// train-images-idx3-ubyte.gz, where part is "train-images" or the like.
func idxSpellings(part string, dimensions int) []string {
	dash := fmt.Sprintf("%s-idx%d-ubyte", part, dimensions)
	dot := fmt.Sprintf("%s.idx%d-ubyte", part, dimensions)
	return []string{dash + ".gz", dash, dot, dot + ".gz"}
}

// hasMNISTFiles reports whether dir has any of the four idx files. If others are
// missing, the reader returns an error.
func hasMNISTFiles(dir string) bool {
	fsys := os.DirFS(dir)
	for _, split := range []string{"train", "t10k"} {
		if exists(fsys, idxSpellings(split+"-images", 3)...) != "" ||
			exists(fsys, idxSpellings(split+"-labels", 1)...) != "" {
			return true
		}
	}
	return false
}

// readMNISTFolder reads the four idx files, gzipped or not. It reads the two splits
// concurrently, because decompression takes most of the time.
func readMNISTFolder(fsys fs.FS) (train, test *Set, err error) {
	var trainErr, testErr error
	done := make(chan struct{})
	go func() {
		test, testErr = readMNISTSplit(fsys, "t10k")
		close(done)
	}()
	train, trainErr = readMNISTSplit(fsys, "train")
	<-done
	if err := cmp.Or(trainErr, testErr); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

func readMNISTSplit(fsys fs.FS, split string) (*Set, error) {
	labelsFile, counts, labels, err := readIDXFile(fsys, split+"-labels", 1)
	if err != nil {
		return nil, err
	}
	imagesFile, shape, images, err := readIDXFile(fsys, split+"-images", 3)
	if err != nil {
		return nil, err
	}
	if shape[0] != counts[0] {
		return nil, fmt.Errorf("%s: %d images, but %s has %d labels: want as many", imagesFile, shape[0], labelsFile, counts[0])
	}
	set, err := newMNIST(shape, images, labels)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", imagesFile, labelsFile, err)
	}
	return set, nil
}

func readIDXFile(fsys fs.FS, part string, dimensions int) (name string, shape []int, data []byte, err error) {
	spellings := idxSpellings(part, dimensions)
	name = exists(fsys, spellings...)
	if name == "" {
		return "", nil, nil, fmt.Errorf("%s: missing, but other files of MNIST are present: get all four", spellings[0])
	}
	r, err := openFile(fsys, name)
	if err != nil {
		return "", nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	shape, data, err = readIDX(r, dimensions)
	if err != nil {
		return "", nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return name, shape, data, nil
}

// newMNIST returns a set of digits. The shape is that of images: N, height, width.
func newMNIST(shape []int, images []byte, labels []uint8) (*Set, error) {
	if shape[1] != mnistSide || shape[2] != mnistSide {
		return nil, fmt.Errorf("images of %dx%d pixels: want %dx%d", shape[1], shape[2], mnistSide, mnistSide)
	}
	return New([3]int{mnistSide, mnistSide, 1}, images, labels, mnistClasses())
}

// readMNISTArchive reads Keras's mnist.npz: x_train and x_test of shape (N, 28, 28),
// y_train and y_test of shape (N,).
func readMNISTArchive(path string) (train, test *Set, err error) {
	entries, err := npy.ReadArchive(path)
	if err != nil {
		return nil, nil, err
	}
	arrays := make(map[string]*npy.Array)
	for _, e := range entries {
		arrays[e.Name] = e.Array
	}
	if train, err = archiveSplit(arrays, "train"); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if test, err = archiveSplit(arrays, "test"); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return train, test, nil
}

func archiveSplit(arrays map[string]*npy.Array, split string) (*Set, error) {
	x, y := "x_"+split, "y_"+split
	images, shape, err := archiveBytes(arrays, x, 3)
	if err != nil {
		return nil, err
	}
	labels, counts, err := archiveBytes(arrays, y, 1)
	if err != nil {
		return nil, err
	}
	if shape[0] != counts[0] {
		return nil, fmt.Errorf("%s has %d images, but %s %d labels: want as many", x, shape[0], y, counts[0])
	}
	set, err := newMNIST(shape, images, labels)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", x, y, err)
	}
	return set, nil
}

func archiveBytes(arrays map[string]*npy.Array, name string, dimensions int) ([]uint8, []int, error) {
	a := arrays[name]
	if a == nil {
		return nil, nil, fmt.Errorf("no array %s: want x_train, y_train, x_test and y_test", name)
	}
	if len(a.Shape) != dimensions {
		return nil, nil, fmt.Errorf("%s: shape %v: want %d dimensions", name, a.Shape, dimensions)
	}
	data, err := a.Uint8()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, a.Shape, nil
}
