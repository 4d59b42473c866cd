package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

const (
	magic = "\x93NUMPY"

	// NumPy's own limits of the header's length, by default, and of the dimensions.
	maxHeader = 10_000
	maxDims   = 64
)

// header is what precedes an array's elements.
type header struct {
	dtype   dtype
	fortran bool
	shape   []int
	bytes   int // of all elements together
}

// ReadFile reads the .npy file at path.
func ReadFile(path string) (*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// Read reads the single .npy array in r. Missing elements and bytes after the last
// element are errors.
func Read(r io.Reader) (*Array, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	// The buffer grows with the data read, not with the size in the header.
	var data bytes.Buffer
	if _, err := io.CopyN(&data, r, int64(h.bytes)); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%v array of shape %v: got %d bytes of data: want %d; the file is cut short",
			h.dtype, h.shape, data.Len(), h.bytes)
	} else if err != nil {
		return nil, err
	}
	if n, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	} else if n > 0 {
		return nil, fmt.Errorf("%v array of shape %v: %d bytes follow the %d bytes of data: want none",
			h.dtype, h.shape, n, h.bytes)
	}
	raw := data.Bytes()
	if h.fortran {
		raw = rowMajor(raw, h.shape, h.dtype.size)
	}
	return &Array{Shape: h.shape, dtype: h.dtype, raw: raw}, nil
}

// readHeader reads everything up to the first element.
func readHeader(r io.Reader) (header, error) {
	var preamble [len(magic) + 2]byte
	if _, err := io.ReadFull(r, preamble[:]); err != nil && !isEOF(err) {
		return header{}, err
	} else if err != nil || string(preamble[:len(magic)]) != magic {
		return header{}, fmt.Errorf("not a .npy file: starts with %q: want %q", preamble[:len(magic)], magic)
	}
	size := make([]byte, 4)
	switch version := preamble[len(magic)]; version {
	case 1:
		size = size[:2]
	case 2, 3:
	default:
		return header{}, fmt.Errorf("npy format version %d: want 1, 2 or 3", version)
	}
	if _, err := io.ReadFull(r, size); err != nil {
		return header{}, shortHeader(err)
	}
	length := binary.LittleEndian.Uint32(append(size, 0, 0)[:4])
	if length > maxHeader {
		return header{}, fmt.Errorf("npy header of %d bytes: want at most %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, shortHeader(err)
	}
	return parseHeader(string(text))
}

func isEOF(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func shortHeader(err error) error {
	if isEOF(err) {
		return errors.New("npy header is cut short")
	}
	return err
}

// headerDict matches the Python dictionary of a header. NumPy writes its keys in this
// order. A structured dtype is a list, which is matched only for the error message.
var headerDict = regexp.MustCompile(`^\{\s*'descr':\s*(?:'([^']*)'|(\[.*\])),\s*` +
	`'fortran_order':\s*(True|False),\s*'shape':\s*\(([-0-9L,\s]*)\),?\s*\}\s*$`)

func parseHeader(text string) (header, error) {
	m := headerDict.FindStringSubmatch(text)
	if m == nil {
		return header{}, fmt.Errorf("npy header %.80q: want {'descr': …, 'fortran_order': …, 'shape': …}", text)
	}
	d, err := parseDType(m[1] + m[2])
	if err != nil {
		return header{}, err
	}
	h := header{dtype: d, fortran: m[3] == "True"}
	for field := range strings.SplitSeq(m[4], ",") {
		field = strings.TrimSuffix(strings.TrimSpace(field), "L") // Python 2's suffix of a long
		if field == "" {
			continue // after the last comma, and in ()
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 {
			return header{}, fmt.Errorf("npy shape (%s): dimension %s: want an integer of 0 or more", m[4], field)
		}
		h.shape = append(h.shape, n)
	}
	h.bytes, err = byteSize(h.shape, d.size)
	return h, err
}

// byteSize returns the size in bytes of an array with elements of the given size. It
// detects an overflow even if another dimension is 0, because no valid file has such a
// shape.
func byteSize(shape []int, size int) (int, error) {
	if len(shape) > maxDims {
		return 0, fmt.Errorf("npy shape has %d dimensions: want at most %d", len(shape), maxDims)
	}
	const limit = math.MaxInt / 8 // elements of the largest dtype
	total, empty := 1, false
	for _, n := range shape {
		switch {
		case n < 0:
			return 0, fmt.Errorf("npy shape %v has a negative dimension", shape)
		case n == 0:
			empty = true
		case total > limit/n:
			return 0, fmt.Errorf("npy shape %v: size exceeds the address space", shape)
		default:
			total *= n
		}
	}
	if empty {
		return 0, nil
	}
	return total * size, nil
}

// rowMajor reorders column-major elements of the given size.
func rowMajor(raw []byte, shape []int, size int) []byte {
	out := make([]byte, 0, len(raw))
	index := make([]int, len(shape))
	for len(out) < len(raw) {
		at, stride := 0, size
		for d, n := range shape { // the first index varies fastest in raw
			at += index[d] * stride
			stride *= n
		}
		out = append(out, raw[at:at+size]...)
		for d := len(shape) - 1; d >= 0; d-- { // the last index varies fastest in out
			if index[d]++; index[d] < shape[d] {
				break
			}
			index[d] = 0
		}
	}
	return out
}
