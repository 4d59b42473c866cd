package dataset

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarPixels = 3 * cifarPlane
	cifarRecord = 1 + cifarPixels // of the binary version: a label, then the pixels

	// maxCIFARFile is far larger than any file of the data set. It prevents a malicious
	// archive from filling the memory.
	maxCIFARFile = 1 << 30
)

func cifarClasses() []string {
	return []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
}

// cifarBatch is the content of a batch file. Image i has labels[i] and 3072 bytes of
// pixels from i*stride, one plane after the other (red, green, blue).
type cifarBatch struct {
	labels []uint8
	pixels []byte
	stride int
}

// cifarVersion is one of the two published versions of CIFAR-10, described at
// https://www.cs.toronto.edu/~kriz/cifar.html.
type cifarVersion struct {
	suffix  string // of the batch files
	meta    string // file of class names
	batch   func([]byte) (cifarBatch, error)
	classes func([]byte) ([]string, error)
}

func cifarBinary() cifarVersion {
	return cifarVersion{suffix: ".bin", meta: "batches.meta.txt", batch: parseCIFARBinary, classes: parseCIFARNames}
}

func (v cifarVersion) trainFiles() []string {
	var names []string
	for i := 1; i <= 5; i++ {
		names = append(names, fmt.Sprintf("data_batch_%d%s", i, v.suffix))
	}
	return names
}

func (v cifarVersion) testFile() string { return "test_batch" + v.suffix }

func (v cifarVersion) files() []string {
	return append(v.trainFiles(), v.testFile(), v.meta)
}

// readFolder reads the files of the version concurrently from a folder, gzipped or not.
func (v cifarVersion) readFolder(fsys fs.FS) (train, test *Set, err error) {
	names := v.files()
	contents, errs := make([][]byte, len(names)), make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		if found := exists(fsys, name, name+".gz"); found != "" {
			wg.Go(func() {
				data, err := readCIFARFile(fsys, found)
				if err != nil {
					errs[i] = fmt.Errorf("%s: %w", found, err)
				}
				contents[i] = data
			})
		}
	}
	wg.Wait()
	if err := cmp.Or(errs...); err != nil {
		return nil, nil, err
	}
	files := make(map[string][]byte)
	for i, name := range names {
		if contents[i] != nil {
			files[name] = contents[i]
		}
	}
	return v.parse(files)
}

func readCIFARFile(fsys fs.FS, name string) ([]byte, error) {
	r, err := openFile(fsys, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var size int64
	if info, err := fs.Stat(fsys, name); err == nil {
		size = min(info.Size(), maxCIFARFile)
	}
	return readLimited(r, size)
}

// readLimited reads all of r, which has about size bytes.
func readLimited(r io.Reader, size int64) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(int(size) + bytes.MinRead)
	if _, err := io.Copy(&buf, io.LimitReader(r, maxCIFARFile+1)); err != nil {
		return nil, cutShort(err)
	}
	if buf.Len() > maxCIFARFile {
		return nil, fmt.Errorf("more than %d bytes: want a file of CIFAR-10", maxCIFARFile)
	}
	return buf.Bytes(), nil
}

// readTar reads the files of the version from a tar.gz, whatever folder they are in.
func (v cifarVersion) readTar(fsys fs.FS, name string) (train, test *Set, err error) {
	files := make(map[string][]byte)
	wanted := v.files()
	err = eachFile(fsys, name, func(base string, content io.Reader) error {
		if !slices.Contains(wanted, base) {
			return nil
		}
		data, err := readLimited(content, 0)
		files[base] = data
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if train, test, err = v.parse(files); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return train, test, nil
}

// parse returns the two splits from the contents of the files.
func (v cifarVersion) parse(files map[string][]byte) (train, test *Set, err error) {
	classes := cifarClasses()
	if meta, ok := files[v.meta]; ok {
		if classes, err = v.classes(meta); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", v.meta, err)
		}
	}
	if train, err = v.parseSplit(files, v.trainFiles(), classes); err != nil {
		return nil, nil, err
	}
	if test, err = v.parseSplit(files, []string{v.testFile()}, classes); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

func (v cifarVersion) parseSplit(files map[string][]byte, names []string, classes []string) (*Set, error) {
	var batches []cifarBatch
	var labels []uint8
	for _, name := range names {
		data, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("%s: missing: want %s", name, strings.Join(v.files()[:6], ", "))
		}
		b, err := v.batch(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if i := slices.IndexFunc(b.labels, func(l uint8) bool { return int(l) >= len(classes) }); i >= 0 {
			return nil, fmt.Errorf("%s: label of record %d: got %d: want 0 to %d", name, i, b.labels[i], len(classes)-1)
		}
		batches, labels = append(batches, b), append(labels, b.labels...)
	}
	return New([3]int{cifarSide, cifarSide, 3}, interleave(batches, len(labels)), labels, classes)
}

// interleave converts the planes of n images to pixels: 3, H, W to H, W, 3.
func interleave(batches []cifarBatch, n int) []byte {
	images := make([]byte, n*cifarPixels)
	out := images
	var wg sync.WaitGroup
	for _, b := range batches {
		dst := out[:len(b.labels)*cifarPixels]
		out = out[len(dst):]
		wg.Go(func() {
			for i := range b.labels {
				src := b.pixels[i*b.stride:][:cifarPixels]
				interleaveImage(dst[i*cifarPixels:][:cifarPixels], src)
			}
		})
	}
	wg.Wait()
	return images
}

func interleaveImage(dst, src []byte) {
	r, g, b := src[:cifarPlane], src[cifarPlane:2*cifarPlane], src[2*cifarPlane:3*cifarPlane]
	for p := range cifarPlane {
		pixel := dst[3*p : 3*p+3]
		pixel[0], pixel[1], pixel[2] = r[p], g[p], b[p]
	}
}

// parseCIFARBinary parses a batch of the binary version: records of a label and its
// image.
func parseCIFARBinary(data []byte) (cifarBatch, error) {
	if len(data) == 0 || len(data)%cifarRecord != 0 {
		return cifarBatch{}, fmt.Errorf("got %d bytes: want a multiple of %d (a label and 3x32x32 pixels); the file is cut short or not a CIFAR-10 batch",
			len(data), cifarRecord)
	}
	labels := make([]uint8, len(data)/cifarRecord)
	for i := range labels {
		labels[i] = data[i*cifarRecord]
	}
	return cifarBatch{labels: labels, pixels: data[1:], stride: cifarRecord}, nil
}

// parseCIFARNames parses batches.meta.txt, which has one class per line.
func parseCIFARNames(data []byte) ([]string, error) {
	names := strings.Fields(string(data))
	if want := len(cifarClasses()); len(names) != want {
		return nil, fmt.Errorf("got %d class names: want %d", len(names), want)
	}
	return names, nil
}
