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

// Options say where data sets are looked for and how they are fetched. The
// zero value looks into the two caches, and downloads without a word.
type Options struct {
	// Dir is searched first. It must exist if it is given.
	Dir string

	// Offline forbids downloads.
	Offline bool

	// Shape is what the network takes: height, width, channels (1 grey, 3
	// RGB). Folders of images are brought to it; zero leaves them as they are.
	Shape [3]int

	// Progress is where a bar is drawn during a download; nil draws none.
	Progress io.Writer

	// Warn is told, in one line, that a sample stands in for the data set that
	// was asked for. Data.Sample says so too. It may be nil.
	Warn func(string)

	// Stall is how long a download may send nothing; zero means 30 seconds.
	Stall time.Duration

	remotes []remote // instead of the official ones, in tests
}

// MNIST opens the MNIST digits, looking into dir first. See Open.
func MNIST(dir string) (*Data, error) {
	return Open(context.Background(), "mnist", Options{Dir: dir})
}

// CIFAR10 opens the CIFAR-10 images, looking into dir first. See Open.
func CIFAR10(dir string) (*Data, error) {
	return Open(context.Background(), "cifar10", Options{Dir: dir})
}

// Open reads a data set into memory. name is mnist, cifar10, sample-mnist,
// sample-cifar10, or the path of a folder of images.
//
// MNIST and CIFAR-10 are looked for in Options.Dir, then in Keras's cache, then
// in tflab's own. A folder may hold the four idx files of MNIST (gzipped or
// not, also in a folder mnist), mnist.npz, cifar-10-batches-bin,
// cifar-10-batches-py, or an archive of either version of CIFAR-10. The first
// that is found is read, and if it is broken that is an error. If none is, the
// data set is downloaded into tflab's cache; if that fails, the embedded sample
// is returned, with Data.Sample set and a word to Options.Warn. A context that
// is cancelled gives its own error, never the sample.
//
// A folder of images is described at ReadFolder.
func Open(ctx context.Context, name string, o Options) (*Data, error) {
	full, isSample := strings.CutPrefix(name, samplePrefix)
	if _, ok := lookup(full); ok && isSample {
		return openSample(name)
	} else if ok {
		return open(ctx, name, o)
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		names := strings.Join(Names(), ", ")
		return nil, fmt.Errorf("data set %q: neither a known name nor a folder, want %s, %s%s or the path of a folder of images", name,
			names, samplePrefix, strings.ReplaceAll(names, ", ", ", "+samplePrefix))
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
		return nil, fmt.Errorf("%s was downloaded, but is not there any more", name)
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

// openLocal reads the first that Locate finds; both results are nil if it finds none.
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

// fallback says that data, a sample, stands in for the data set.
func (o Options) fallback(name string, data *Data, failure error) string {
	var searched []string
	places, _ := o.places()
	for _, p := range places {
		searched = append(searched, p.Place)
	}
	return fmt.Sprintf("using the embedded sample of %d + %d images: %s is not in %s, and %v; "+
		"to train on all of it, name a folder that holds it (--data DIR) or go online and run: tflab data fetch %s",
		data.Train.Len(), data.Test.Len(), name, strings.Join(searched, ", "), failure, name)
}

// places returns the folders to search, in order.
func (o Options) places() ([]Location, error) {
	var places []Location
	if o.Dir != "" {
		if info, err := os.Stat(o.Dir); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("data folder %s: it is a file, want the folder that holds the data set", o.Dir)
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

// kerasCache is where Keras keeps its data sets, or "" if there is no home.
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

// cache is where tflab keeps what it downloads.
func cache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w", err)
	}
	return filepath.Join(dir, "tflab", "datasets"), nil
}
