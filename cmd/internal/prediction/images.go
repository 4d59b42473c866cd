package prediction

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// stdin is the argument that denotes standard input.
const stdin = "-"

// maxStdin is the maximum number of bytes read from standard input.
const maxStdin = 1 << 30

// image is one image in the shape that the network takes.
type image struct {
	file   string // as the user named it, or "FILE[INDEX]" for a .npy with several images
	values serving.Images
}

// reader reads the images that a command line names.
type reader struct {
	shape  [3]int
	stdin  io.Reader
	invert bool
}

// expand replaces folders by their files, in the order of their names.
func expand(arguments []string, failed func(error)) []string {
	var files []string
	for _, arg := range arguments {
		info, err := os.Stat(arg)
		if arg == stdin || err != nil || !info.IsDir() {
			files = append(files, arg)
			continue
		}
		found := 0
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				failed(err)
				return nil
			case path != arg && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return filepath.SkipDir
				}
			case !d.IsDir() && (dataset.IsImage(path) || isArray(path)):
				files = append(files, path)
				found++
			}
			return nil
		})
		if err == nil && found == 0 {
			err = fmt.Errorf("%s: no images in this folder: want png, jpg, jpeg, gif or npy", arg)
		}
		if err != nil {
			failed(err)
		}
	}
	return files
}

func isArray(path string) bool { return strings.EqualFold(filepath.Ext(path), ".npy") }

// read reads the images of a file.
func (r reader) read(file string) ([]image, error) {
	images, err := r.open(file)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) { // the message of a PathError includes the file name
			return nil, fmt.Errorf("%s: %w", file, path.Err)
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if r.invert {
		for _, i := range images {
			i.values.Bytes = inverted(i.values.Bytes, 255)
			i.values.Floats = inverted(i.values.Floats, 1)
		}
	}
	return images, nil
}

func inverted[T byte | float32](values []T, white T) []T {
	for i := range values {
		values[i] = white - values[i]
	}
	return values
}

func (r reader) open(file string) ([]image, error) {
	if file == stdin {
		raw, err := io.ReadAll(io.LimitReader(r.stdin, maxStdin+1))
		switch {
		case err != nil:
			return nil, err
		case len(raw) > maxStdin:
			return nil, fmt.Errorf("more than %d bytes: want one image", maxStdin)
		case len(raw) == 0:
			return nil, errors.New("standard input is empty: want an image")
		}
		if bytes.HasPrefix(raw, []byte("\x93NUMPY")) {
			return r.array(file, bytes.NewReader(raw))
		}
		return r.picture(file, bytes.NewReader(raw))
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a file: want an image")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if isArray(file) {
		return r.array(file, f)
	}
	return r.picture(file, f)
}

func (r reader) picture(file string, from io.ReadSeeker) ([]image, error) {
	pixels, err := dataset.ReadImage(from, r.shape)
	if err != nil {
		return nil, err
	}
	return []image{{file, serving.Images{Bytes: pixels}}}, nil
}

// array reads a .npy of one or more images, which must have the size that the network
// takes. Integers are 0 to 255. Floats are 0 to 1 if all are in that range, and 0 to
// 255 otherwise.
func (r reader) array(file string, from io.Reader) ([]image, error) {
	a, err := npy.Read(from)
	if err != nil {
		return nil, err
	}
	n, err := r.count(a.Shape)
	if err != nil {
		return nil, err
	}
	size := r.shape[0] * r.shape[1] * r.shape[2]
	images := make([]image, n)
	for i := range images {
		if images[i].file = file; len(a.Shape) == 4 || n > 1 {
			images[i].file = fmt.Sprintf("%s[%d]", file, i)
		}
	}
	if kind := a.DType(); !strings.HasPrefix(kind, "float") && kind != "bool" {
		pixels, err := a.Uint8()
		if err != nil {
			return nil, err
		}
		for i := range images {
			images[i].values.Bytes = slices.Clone(pixels[i*size : (i+1)*size])
		}
		return images, nil
	}
	values := a.Float32()
	if err := scale(values); err != nil {
		return nil, err
	}
	for i := range images {
		images[i].values.Floats = values[i*size : (i+1)*size]
	}
	return images, nil
}

// count returns the number of images in an array.
func (r reader) count(shape []int) (int, error) {
	one := r.shape[:]
	if r.shape[2] == 1 && len(shape) > 1 && slices.Equal(shape[len(shape)-2:], one[:2]) && !slices.Equal(shape[max(0, len(shape)-3):], one) {
		one = one[:2] // the channel axis of grey images is optional
	}
	switch {
	case slices.Equal(shape, one):
		return 1, nil
	case len(shape) == len(one)+1 && slices.Equal(shape[1:], one) && shape[0] > 0:
		return shape[0], nil
	}
	return 0, fmt.Errorf("shape %v: want [%d %d %d] or [N %d %d %d], as the network takes",
		shape, r.shape[0], r.shape[1], r.shape[2], r.shape[0], r.shape[1], r.shape[2])
}

// scale scales floats to the range 0 to 1.
func scale(values []float32) error {
	highest := float32(0)
	for i, v := range values {
		if v-v != 0 || v < 0 || v > math.MaxUint8 {
			return fmt.Errorf("element %d is %v: want numbers from 0 to 1, or from 0 to 255", i, v)
		}
		highest = max(highest, v)
	}
	if highest > 1 {
		for i := range values {
			values[i] /= math.MaxUint8
		}
	}
	return nil
}

// darkOnLight reports whether an image looks like dark writing on light paper: a light
// border around something darker. MNIST's digits are light on dark.
func (i image) darkOnLight(shape [3]int) bool {
	if shape != [3]int{28, 28, 1} {
		return false
	}
	var border, all float64
	const edge = 2*28 + 2*26
	for p := range 28 * 28 {
		var v float64
		if i.values.Bytes != nil {
			v = float64(i.values.Bytes[p]) / 255
		} else {
			v = float64(i.values.Floats[p])
		}
		all += v
		if y, x := p/28, p%28; y == 0 || y == 27 || x == 0 || x == 27 {
			border += v
		}
	}
	return border/edge > 0.6 && all/(28*28) < border/edge
}
