package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func TestNewErrors(t *testing.T) {
	two := []string{"a", "b"}
	for name, c := range map[string]struct {
		shape   [3]int
		images  int
		labels  []uint8
		classes []string
		want    string
	}{
		"no images":      {[3]int{2, 2, 1}, 0, nil, two, "no images"},
		"no height":      {[3]int{0, 2, 1}, 4, []uint8{0}, two, "images of 0x2x1"},
		"negative":       {[3]int{2, -2, -1}, 4, []uint8{0}, two, "images of 2x-2x-1"},
		"huge":           {[3]int{1 << 20, 1 << 20, 1 << 20}, 4, []uint8{0}, two, "want each dimension"},
		"label too many": {[3]int{2, 2, 1}, 4, []uint8{0, 1}, two, "2 labels for 4 bytes of images"},
		"part of one":    {[3]int{2, 2, 1}, 5, []uint8{0}, two, "1 labels for 5 bytes of images"},
		"label":          {[3]int{2, 2, 1}, 8, []uint8{1, 2}, two, "label of example 1: got 2: want 0 to 1"},
		"no classes":     {[3]int{2, 2, 1}, 4, []uint8{0}, nil, "0 classes"},
		"many classes":   {[3]int{2, 2, 1}, 4, []uint8{0}, make([]string, 257), "257 classes: want 1 to 256"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.shape, make([]byte, c.images), c.labels, c.classes)
			wantError(t, err, c.want)
		})
	}
}

func newSet(t *testing.T) *Set {
	t.Helper()
	s, err := New([3]int{1, 2, 1}, []byte{0, 1, 10, 11, 20, 21, 30, 31}, []uint8{1, 0, 1, 1}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSlice(t *testing.T) {
	s := newSet(t)
	for _, c := range []struct {
		lo, hi int
		images []byte
		counts []int
	}{
		{0, 4, []byte{0, 1, 10, 11, 20, 21, 30, 31}, []int{1, 3}},
		{1, 3, []byte{10, 11, 20, 21}, []int{1, 1}},
		{3, 99, []byte{30, 31}, []int{0, 1}},
		{-5, 1, []byte{0, 1}, []int{0, 1}},
		{3, 2, nil, []int{0, 0}},
		{9, 9, nil, []int{0, 0}},
		{2, -2, nil, []int{0, 0}},
	} {
		v := s.Slice(c.lo, c.hi)
		if !bytes.Equal(v.Images(), c.images) || v.Len() != len(c.images)/2 || !slices.Equal(v.Counts(), c.counts) {
			t.Errorf("Slice(%d, %d): images %v, counts %v, want %v, %v", c.lo, c.hi, v.Images(), v.Counts(), c.images, c.counts)
		}
	}
	if got := s.Slice(1, 4).Image(1); !bytes.Equal(got, []byte{20, 21}) {
		t.Errorf("image 1 of a slice from 1 is %v, want 20 21", got)
	}
}

// TestFingerprint computes the digest independently, and changes everything that it
// must depend on.
func TestFingerprint(t *testing.T) {
	number := func(n byte) string { return string([]byte{n, 0, 0, 0, 0, 0, 0, 0}) }
	split := number(4) + number(1) + number(2) + number(1) + "\x00\x01\x0a\x0b\x14\x15\x1e\x1f" + "\x01\x00\x01\x01"
	sum := sha256.Sum256([]byte(split + split))
	data := &Data{Train: newSet(t), Test: newSet(t)}
	if got, want := data.Fingerprint(), "sha256:"+hex.EncodeToString(sum[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	label, pixel := newSet(t), newSet(t)
	label.labels[1] ^= 1
	pixel.images[1] ^= 1
	seen := map[string]string{data.Fingerprint(): "the original"}
	for name, d := range map[string]*Data{
		"a label":     {Train: label, Test: newSet(t)},
		"a pixel":     {Train: pixel, Test: newSet(t)},
		"test pixel":  {Train: newSet(t), Test: pixel},
		"fewer":       {Train: newSet(t).Slice(0, 3), Test: newSet(t)},
		"other split": {Train: newSet(t).Slice(0, 3), Test: newSet(t).Slice(0, 3)},
	} {
		if other, twice := seen[d.Fingerprint()]; twice {
			t.Errorf("%s has the fingerprint of %s", name, other)
		}
		seen[d.Fingerprint()] = name
	}
}

func TestSamples(t *testing.T) {
	for _, c := range []struct {
		name        string
		shape       [3]int
		train, test int // of each class
	}{
		{"sample-mnist", [3]int{28, 28, 1}, 1000, 200},
		{"sample-cifar10", [3]int{32, 32, 3}, 200, 50},
	} {
		data, err := Open(t.Context(), c.name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if data.Name != c.name || !data.Sample || data.Source != "embedded sample" || data.Train.Shape() != c.shape {
			t.Errorf("%s: got %s from %s, shape %v", c.name, data.Name, data.Source, data.Train.Shape())
		}
		for class := range 10 {
			if tr, te := data.Train.Counts()[class], data.Test.Counts()[class]; tr != c.train || te != c.test {
				t.Errorf("%s: %d + %d images of class %d, want %d + %d", c.name, tr, te, class, c.train, c.test)
			}
		}
	}
}

func TestOpenUnknown(t *testing.T) {
	emptyHome(t)
	for _, name := range []string{"minst", "", "/no/such/folder", "set_test.go"} {
		_, err := Open(t.Context(), name, Options{Offline: true})
		wantError(t, err, "neither a known name nor a folder", strings.Join(append(Names(), "sample-mnist, sample-cifar10"), ", "))
	}
	if _, err := Locate("svhn", Options{}); err == nil || !strings.Contains(err.Error(), `"svhn" is not known`) {
		t.Errorf("Locate: %v", err)
	}
}
