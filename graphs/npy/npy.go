// Package npy reads and writes NumPy's array files: .npy, one array, and .npz,
// a zip archive of named arrays.
//
// It reads every real dtype in either byte order and in C or Fortran order, and
// writes float32 in C order. What it reads may come from anywhere: a file is
// held to what it contains, never to what its header claims, and nothing in it
// is executed (object arrays, which NumPy pickles, are refused).
//
// The format is https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Array is an n-dimensional array of real numbers.
type Array struct {
	// Shape is the length of each dimension; a scalar has none.
	Shape []int

	dtype dtype
	raw   []byte // row-major elements, in dtype's size and byte order
}

// New makes a float32 array of the given shape from row-major data, which it
// copies. The product of shape must be len(data): WriteFile and WriteArchive
// refuse an array where it is not.
func New(shape []int, data []float32) *Array {
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return &Array{
		Shape: slices.Clone(shape),
		dtype: dtype{kind: 'f', size: 4, order: binary.LittleEndian},
		raw:   raw,
	}
}

// DType returns NumPy's name for the type of the elements as they were stored:
// bool, int8, …, uint64, float16, float32 or float64.
func (a *Array) DType() string { return a.dtype.String() }

// Len returns the number of elements.
func (a *Array) Len() int {
	if a.dtype.size == 0 {
		return 0
	}
	return len(a.raw) / a.dtype.size
}

// Float32 returns the elements in row-major order, rounded to float32 where
// they were stored with more precision. The slice is the caller's own.
func (a *Array) Float32() []float32 {
	out := make([]float32, a.Len())
	decode := a.dtype.decoder()
	for i := range out {
		out[i] = float32(decode(a.raw[i*a.dtype.size:]))
	}
	return out
}

// Float64 returns the elements in row-major order. Integers of more than 53
// bits are rounded. The slice is the caller's own.
func (a *Array) Float64() []float64 {
	out := make([]float64, a.Len())
	decode := a.dtype.decoder()
	for i := range out {
		out[i] = decode(a.raw[i*a.dtype.size:])
	}
	return out
}

// Uint8 returns the elements in row-major order. Any dtype will do as long as
// each element is a whole number in 0..255; the first that is not is an error.
// For a uint8 array the slice is the array's own memory.
func (a *Array) Uint8() ([]uint8, error) {
	if a.dtype.kind == 'u' && a.dtype.size == 1 {
		return a.raw, nil
	}
	out := make([]uint8, a.Len())
	decode := a.dtype.decoder()
	for i := range out {
		v := decode(a.raw[i*a.dtype.size:])
		if !(v >= 0 && v <= math.MaxUint8) || v != math.Trunc(v) {
			return nil, fmt.Errorf("%v element %d is %v, want a whole number from 0 to 255", a.dtype, i, v)
		}
		out[i] = uint8(v)
	}
	return out, nil
}
