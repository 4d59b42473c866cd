// Package npy reads and writes NumPy's array files: .npy, one array, and .npz, a zip
// archive of named arrays.
//
// It reads all real dtypes in either byte order and in C or Fortran order, and writes
// float32 in C order. It can read untrusted files: it does not trust the sizes in a
// header, and executes nothing (it refuses object arrays, which NumPy pickles).
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
	// Shape is the length of each dimension; for a scalar it is empty.
	Shape []int

	dtype dtype
	raw   []byte // row-major elements, in dtype's size and byte order
}

// New returns a float32 array of the given shape. It copies the row-major data. The
// product of shape must be len(data); otherwise WriteFile and WriteArchive return an
// error.
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

// DType returns NumPy's name of the stored element type: bool, int8, …, uint64,
// float16, float32 or float64.
func (a *Array) DType() string { return a.dtype.String() }

// Len returns the number of elements.
func (a *Array) Len() int {
	if a.dtype.size == 0 {
		return 0
	}
	return len(a.raw) / a.dtype.size
}

// Float32 returns a copy of the elements in row-major order, rounded to float32 if they
// were stored with more precision.
func (a *Array) Float32() []float32 {
	out := make([]float32, a.Len())
	decode := a.dtype.decoder()
	for i := range out {
		out[i] = float32(decode(a.raw[i*a.dtype.size:]))
	}
	return out
}

// Float64 returns a copy of the elements in row-major order. Integers of more than 53
// bits are rounded.
func (a *Array) Float64() []float64 {
	out := make([]float64, a.Len())
	decode := a.dtype.decoder()
	for i := range out {
		out[i] = decode(a.raw[i*a.dtype.size:])
	}
	return out
}

// Uint8 returns the elements in row-major order. The array may have any dtype, but each
// element must be an integer from 0 to 255. For a uint8 array the slice is the array's
// memory.
func (a *Array) Uint8() ([]uint8, error) {
	if a.dtype.kind == 'u' && a.dtype.size == 1 {
		return a.raw, nil
	}
	out := make([]uint8, a.Len())
	decode := a.dtype.decoder()
	for i := range out {
		v := decode(a.raw[i*a.dtype.size:])
		if !(v >= 0 && v <= math.MaxUint8) || v != math.Trunc(v) {
			return nil, fmt.Errorf("%v element %d is %v: want an integer from 0 to 255", a.dtype, i, v)
		}
		out[i] = uint8(v)
	}
	return out, nil
}
