package dataset

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// testEvery determines the test set of a folder without splits: one in this many
// images.
const testEvery = 6

// imageFile is one example of a folder of images.
type imageFile struct {
	path  string
	label uint8
}

// ReadFolder reads a folder of image files (png, jpg, jpeg, gif), with a subfolder for
// each class:
//
//	DIR/train/CLASS/IMAGE and DIR/test/CLASS/IMAGE, or
//	DIR/CLASS/IMAGE, where every sixth image of a class is a test image.
//
// Classes and images are in the order of their names, as in Keras's
// image_dataset_from_directory. There may be up to 256 classes. Training examples are
// not sorted by class: the examples of each class are spread evenly, so that the first
// or last part of the examples has all classes in proportion.
//
// Images are converted to shape (height, width, 1 or 3 channels): resized bilinearly,
// with averaging if they shrink; converted to grey by luminance; and transparent pixels
// become black. Without a shape, all images must have the same size, and are grey if
// all files are.
func ReadFolder(ctx context.Context, dir string, shape [3]int) (*Data, error) {
	train, test, classes, err := listFolder(dir)
	if err != nil {
		return nil, err
	}
	if shape, err = commonShape(ctx, append(slices.Clone(train), test...), shape); err != nil {
		return nil, err
	}
	data := &Data{Name: folderName(dir), Source: dir}
	if data.Train, err = readImages(ctx, train, shape, classes); err != nil {
		return nil, err
	}
	if data.Test, err = readImages(ctx, test, shape, classes); err != nil {
		return nil, err
	}
	return data, nil
}

func folderName(dir string) string {
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	return filepath.Base(dir)
}

// listFolder finds the images of both splits, and the names of the classes.
func listFolder(dir string) (train, test []imageFile, classes []string, err error) {
	trainDir, testDir := filepath.Join(dir, "train"), filepath.Join(dir, "test")
	split := isDir(trainDir) && isDir(testDir)
	root := dir
	if split {
		root = trainDir
	}
	if classes, err = listNames(root, isDir); err != nil {
		return nil, nil, nil, err
	}
	if len(classes) < 2 || len(classes) > maxClasses {
		return nil, nil, nil, fmt.Errorf("%s: got %d folders: want one for each class, 2 to %d", root, len(classes), maxClasses)
	}
	byClass, err := listClasses(root, classes)
	if err != nil {
		return nil, nil, nil, err
	}
	var testByClass [][]imageFile
	if split {
		if err := sameClasses(testDir, classes); err != nil {
			return nil, nil, nil, err
		}
		testByClass, err = listClasses(testDir, classes)
	} else {
		byClass, testByClass = holdOut(byClass)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	train, test = spread(byClass), slices.Concat(testByClass...)
	if len(train) == 0 || len(test) == 0 {
		return nil, nil, nil, fmt.Errorf("%s: got %d training images and %d test images: want some of each (png, jpg, jpeg or gif)", dir, len(train), len(test))
	}
	return train, test, classes, nil
}

func sameClasses(testDir string, classes []string) error {
	names, err := listNames(testDir, isDir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(classes, name) {
			return fmt.Errorf("%s: class %s has no training images: want %s", testDir, name, strings.Join(classes, ", "))
		}
	}
	return nil
}

// listClasses returns the images of each class under root. A class may have none.
func listClasses(root string, classes []string) ([][]imageFile, error) {
	byClass := make([][]imageFile, len(classes))
	for label, class := range classes {
		folder := filepath.Join(root, class)
		if !isDir(folder) {
			continue
		}
		names, err := listNames(folder, isImage)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			byClass[label] = append(byClass[label], imageFile{filepath.Join(folder, name), uint8(label)})
		}
	}
	return byClass, nil
}

// listNames returns the names in dir for which keep is true, sorted, without hidden
// files.
func listNames(dir string, keep func(path string) bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && keep(filepath.Join(dir, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isImage(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png", ".jpg", ".jpeg", ".gif":
		return true
	}
	return false
}

// holdOut removes every sixth image of each class as a test image.
func holdOut(byClass [][]imageFile) (train, test [][]imageFile) {
	train, test = make([][]imageFile, len(byClass)), make([][]imageFile, len(byClass))
	for label, files := range byClass {
		for i, f := range files {
			if (i+1)%testEvery == 0 {
				test[label] = append(test[label], f)
			} else {
				train[label] = append(train[label], f)
			}
		}
	}
	return train, test
}

// spread mixes the classes: the position of image i of a class of n is (i+1/2)/n of the
// total, and ties are ordered by class.
func spread(byClass [][]imageFile) []imageFile {
	type place struct {
		imageFile
		at float64
	}
	var places []place
	for _, files := range byClass {
		for i, f := range files {
			places = append(places, place{f, (float64(i) + 0.5) / float64(len(files))})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	files := make([]imageFile, len(places))
	for i, p := range places {
		files[i] = p.imageFile
	}
	return files
}
