package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options configure where data sets are searched for and how they are downloaded. The
// zero value searches the two caches and downloads silently.
type Options struct {
	// Dir is searched first. If set, it must exist.
	Dir string

	// Offline forbids downloads.
	Offline bool

	// Shape is the shape of the network's input: height, width, channels (1 grey, 3
	// RGB). Images of folders are converted to it; zero leaves them unchanged.
	Shape [3]int

	// Progress receives a progress bar during a download. It may be nil.
	Progress io.Writer

	// Warn is called with one line if a sample replaces the data set. Data.Sample says
	// the same. Warn may be nil.
	Warn func(string)

	// Stall is the maximum time without data during a download; zero means 30 seconds.
	Stall time.Duration

	remotes []remote // instead of the official ones, in tests
}

// MNIST opens the MNIST digits and searches dir first. See Open.
func MNIST(dir string) (*Data, error) {
	return Open(context.Background(), "mnist", Options{Dir: dir})
}

// CIFAR10 opens the CIFAR-10 images and searches dir first. See Open.
func CIFAR10(dir string) (*Data, error) {
	return Open(context.Background(), "cifar10", Options{Dir: dir})
}

// Open reads a data set into memory. The name is mnist, cifar10, sample-mnist,
// sample-cifar10, or the path of a folder of images.
//
// MNIST and CIFAR-10 are searched for in Options.Dir, then in Keras's cache, then in
// tflab's. A folder may hold the four idx files of MNIST (gzipped or not, also in a
// folder mnist), mnist.npz, cifar-10-batches-bin, cifar-10-batches-py, or an archive of
// either version of CIFAR-10. Open reads the first data set that it finds, and returns
// an error if it is invalid. If it finds none, it downloads the data set into tflab's
// cache. If the download fails, it returns the embedded sample, sets Data.Sample and
// calls Options.Warn. If the context is cancelled, it returns the context's error,
// never the sample.
//
// ReadFolder describes folders of images.
func Open(ctx context.Context, name string, o Options) (*Data, error) {
	full, isSample := strings.CutPrefix(name, samplePrefix)
	if _, ok := lookup(full); ok && isSample {
		return openSample(name)
	} else if ok {
		return open(ctx, name, o)
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("data set %q: neither a known name nor a folder: want %s or the path of a folder of images", name,
			strings.Join(append(Names(), sampleNames()...), ", "))
	}
	return ReadFolder(ctx, name, o.Shape)
}

func open(ctx context.Context, name string, o Options) (*Data, error) {
	if data, err := openLocal(name, o); data != nil || err != nil {
		return data, err
	}
	_, failure := Fetch(ctx, name, o)
	if failure == nil {
		data, err := openLocal(name, o)
		if data != nil || err != nil {
			return data, err
		}
		return nil, fmt.Errorf("%s was downloaded, but no longer exists", name)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := openSample(samplePrefix + name)
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	if o.Warn != nil {
		o.Warn(o.fallback(name, data, failure))
	}
	return data, nil
}

// openLocal reads the first data set that Locate finds. If there is none, both results
// are nil.
func openLocal(name string, o Options) (*Data, error) {
	locations, err := Locate(name, o)
	if err != nil {
		return nil, err
	}
	for _, l := range locations {
		if l.Path != "" {
			return l.Read()
		}
	}
	return nil, nil
}

// fallback returns the warning that a sample replaces the data set.
func (o Options) fallback(name string, data *Data, failure error) string {
	var searched []string
	places, _ := o.places()
	for _, p := range places {
		searched = append(searched, p.Place)
	}
	return fmt.Sprintf("using the embedded sample of %d + %d images: %s is not in %s, and %v; "+
		"to train on all of it, name its folder (--data DIR) or go online and run: tflab data fetch %s",
		data.Train.Len(), data.Test.Len(), name, strings.Join(searched, ", "), failure, name)
}

// places returns the folders to search, in order.
func (o Options) places() ([]Location, error) {
	var places []Location
	if o.Dir != "" {
		if info, err := os.Stat(o.Dir); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("data folder %s: is a file: want the folder that holds the data set", o.Dir)
		}
		places = append(places, Location{Place: o.Dir, Owner: "given"})
	}
	if dir := kerasCache(); dir != "" {
		places = append(places, Location{Place: dir, Owner: "Keras"})
	}
	if dir, err := cache(); err == nil {
		places = append(places, Location{Place: dir, Owner: "tflab"})
	}
	return places, nil
}

// kerasCache returns the folder of Keras's data sets, or "" if there is no home folder.
func kerasCache() string {
	if dir := os.Getenv("KERAS_HOME"); dir != "" {
		return filepath.Join(dir, "datasets")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".keras", "datasets")
}

// cache returns the folder of tflab's downloads.
func cache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w", err)
	}
	return filepath.Join(dir, "tflab", "datasets"), nil
}
