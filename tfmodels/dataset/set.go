// Package dataset reads labelled images: MNIST, CIFAR-10, folders of image files, and
// embedded samples of the first two.
//
// A data set is read and checked as a whole and held in memory as bytes, which the
// caller scales. Open documents where it searches. The package can read untrusted
// files: a reader does not trust sizes in headers, reports the first error, and
// executes nothing.
package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"
)

// maxClasses is the number of classes that one byte can distinguish.
const maxClasses = 256

// Set is an immutable set of labelled images in memory: the examples of one split. It
// is safe for concurrent use.
type Set struct {
	shape   [3]int
	images  []byte
	labels  []uint8
	classes []string
}

// New returns a set of len(labels) images of the given shape (height, width, channels).
// Images are row-major in N, H, W, C, one byte per channel; labels are indices of
// classes. New keeps the slices without copying them.
func New(shape [3]int, images []byte, labels []uint8, classes []string) (*Set, error) {
	size := 1
	for _, n := range shape {
		if n <= 0 || n > 1<<16 { // the product of three stays below 2^63
			return nil, fmt.Errorf("images of %s: want each dimension from 1 to 65536", dims(shape))
		}
		size *= n
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("no images and labels: want at least one of each")
	}
	if len(images)%size != 0 || len(images)/size != len(labels) {
		return nil, fmt.Errorf("%d labels for %d bytes of images (%d a %s image): want a label for each image",
			len(labels), len(images), size, dims(shape))
	}
	if len(classes) == 0 || len(classes) > maxClasses {
		return nil, fmt.Errorf("%d classes: want 1 to %d", len(classes), maxClasses)
	}
	for i, label := range labels {
		if int(label) >= len(classes) {
			return nil, fmt.Errorf("label of example %d: got %d: want 0 to %d", i, label, len(classes)-1)
		}
	}
	return &Set{shape: shape, images: images, labels: labels, classes: classes}, nil
}

func dims(shape [3]int) string { return fmt.Sprintf("%dx%dx%d", shape[0], shape[1], shape[2]) }

// Len returns the number of examples.
func (s *Set) Len() int { return len(s.labels) }

// Shape returns the height, width and channels of an image.
func (s *Set) Shape() [3]int { return s.shape }

// Images returns the pixels of all images, row-major in N, H, W, C. The slice
// is shared: do not modify it.
func (s *Set) Images() []byte { return s.images }

// Labels returns the class of each image as an index of Classes. The slice is
// shared: do not modify it.
func (s *Set) Labels() []uint8 { return s.labels }

// Classes returns the names of the classes. The slice is shared: do not modify it.
func (s *Set) Classes() []string { return s.classes }

// Image returns the pixels of image i, row-major in H, W, C. The slice is
// shared: do not modify it.
func (s *Set) Image(i int) []byte {
	size := s.imageSize()
	return s.images[i*size : (i+1)*size : (i+1)*size]
}

// Slice returns a view of the examples from lo up to but not including hi. Bounds
// beyond the set are clamped.
func (s *Set) Slice(lo, hi int) *Set {
	hi = max(0, min(hi, s.Len()))
	lo = max(0, min(lo, hi))
	size := s.imageSize()
	return &Set{
		shape:   s.shape,
		images:  s.images[lo*size : hi*size : hi*size],
		labels:  s.labels[lo:hi:hi],
		classes: s.classes,
	}
}

// Counts returns the number of examples of each class.
func (s *Set) Counts() []int {
	counts := make([]int, len(s.classes))
	for _, label := range s.labels {
		counts[label]++
	}
	return counts
}

func (s *Set) imageSize() int { return s.shape[0] * s.shape[1] * s.shape[2] }

// Data is a data set: its two splits and their origin.
type Data struct {
	Name   string // "mnist", "cifar10", "sample-mnist", "sample-cifar10", or the name of a folder of images
	Train  *Set
	Test   *Set
	Source string // the path that was read, or "embedded sample"
	Sample bool   // whether this is an embedded sample

	once        sync.Once
	fingerprint string
}

// Fingerprint returns "sha256:…", a digest of the shapes, images and labels of both
// splits. It does not depend on the file format. The first call hashes the data, which
// takes about 0.1 s for CIFAR-10. Fingerprint is safe for concurrent use.
func (d *Data) Fingerprint() string {
	d.once.Do(func() {
		h := sha256.New()
		for _, s := range []*Set{d.Train, d.Test} {
			for _, n := range []int{s.Len(), s.shape[0], s.shape[1], s.shape[2]} {
				binary.Write(h, binary.LittleEndian, uint64(n)) //nolint:errcheck // a hash takes everything
			}
			h.Write(s.images)
			h.Write(s.labels)
		}
		d.fingerprint = "sha256:" + hex.EncodeToString(h.Sum(nil))
	})
	return d.fingerprint
}
