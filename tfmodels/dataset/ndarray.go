package dataset

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// ndarray is a NumPy array under construction: pickles first create it and then set its
// state.
type ndarray struct {
	shape   []int
	dtype   *dtype
	fortran bool
	raw     []byte
}

// PySetState sets the state from the result of ndarray.__reduce__: version, shape,
// dtype, Fortran order, bytes.
func (a *ndarray) PySetState(state any) error {
	s, err := asTuple(state, 5)
	if err != nil {
		return fmt.Errorf("state of an array: %w", err)
	}
	fortran, _ := s[3].(bool)
	return a.set(s[4], s[2], s[1], fortran)
}

// fromBuffer returns the array of protocol 5: buffer, dtype, shape, order.
func fromBuffer(args []any) (any, error) {
	if len(args) != 4 {
		return nil, fmt.Errorf("_frombuffer: %d arguments: want 4", len(args))
	}
	a := new(ndarray)
	return a, a.set(args[0], args[1], args[2], args[3] == "F")
}

func (a *ndarray) set(raw, descr, shape any, fortran bool) error {
	data, err := asBytes(raw)
	if err != nil {
		return fmt.Errorf("data of an array: %w", err)
	}
	d, ok := descr.(*dtype)
	if !ok {
		return fmt.Errorf("dtype of an array: got %T", descr)
	}
	lengths, err := asTuple(shape, 0)
	if err != nil {
		return fmt.Errorf("shape of an array: %w", err)
	}
	a.shape = nil
	for _, item := range lengths {
		n, ok := item.(int)
		if !ok || n < 0 {
			return fmt.Errorf("shape of an array: got %T in it: want integers of 0 or more", item)
		}
		a.shape = append(a.shape, n)
	}
	a.raw, a.dtype, a.fortran = data, d, fortran
	return nil
}

// dtype is the type of an array's elements.
type dtype struct {
	code string // "u1", "i8", …
	big  bool   // whether the byte order is big-endian
}

func newDType(args []any) (any, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("numpy.dtype without a name")
	}
	code, err := asBytes(args[0])
	if err != nil {
		return nil, fmt.Errorf("numpy.dtype: %w", err)
	}
	return &dtype{code: strings.TrimLeft(string(code), "<>|=")}, nil
}

// PySetState sets the state from the result of dtype.__reduce__: version, byte order,
// and values that numeric types do not use.
func (d *dtype) PySetState(state any) error {
	s, err := asTuple(state, 2)
	if err != nil {
		return fmt.Errorf("state of a dtype: %w", err)
	}
	order, err := asBytes(s[1])
	if err != nil {
		return fmt.Errorf("byte order of a dtype: %w", err)
	}
	d.big = string(order) == ">"
	return nil
}

// String returns the code, for error messages.
func (d *dtype) String() string {
	if d == nil {
		return "none"
	}
	return d.code
}

// ints decodes elements of an integer type.
func (d *dtype) ints(raw []byte) ([]int, error) {
	sizes := map[string]int{"i1": 1, "u1": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "i8": 8, "u8": 8}
	size := sizes[d.code]
	if size == 0 || len(raw)%size != 0 {
		return nil, fmt.Errorf("%d bytes of dtype %v: want integers", len(raw), d)
	}
	out := make([]int, len(raw)/size)
	for i := range out {
		var full [8]byte
		copy(full[:], raw[i*size:(i+1)*size])
		bits := binary.LittleEndian.Uint64(full[:])
		if d.big {
			bits = binary.BigEndian.Uint64(full[:]) >> (64 - 8*size)
		}
		shift := 64 - 8*size
		if d.code[0] == 'i' {
			out[i] = int(int64(bits<<shift) >> shift)
		} else {
			out[i] = int(bits)
		}
	}
	return out, nil
}

// newScalar returns a number from the pickled form of a NumPy scalar: dtype, bytes.
func newScalar(args []any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("numpy scalar: %d arguments: want 2", len(args))
	}
	d, ok := args[0].(*dtype)
	if !ok {
		return nil, fmt.Errorf("numpy scalar: dtype is %T", args[0])
	}
	raw, err := asBytes(args[1])
	if err != nil {
		return nil, fmt.Errorf("numpy scalar: %w", err)
	}
	numbers, err := d.ints(raw)
	if err != nil {
		return nil, fmt.Errorf("numpy scalar: %w", err)
	}
	if len(numbers) != 1 {
		return nil, fmt.Errorf("numpy scalar of %d numbers: want 1", len(numbers))
	}
	return numbers[0], nil
}

// asInts returns the numbers of a list or of an array of one dimension.
func asInts(v any) ([]int, error) {
	switch v := v.(type) {
	case *types.List:
		out := make([]int, len(*v))
		for i, item := range *v {
			n, ok := item.(int)
			if !ok {
				return nil, fmt.Errorf("item %d: got %T: want an integer", i, item)
			}
			out[i] = n
		}
		return out, nil
	case *ndarray:
		if v.dtype == nil || len(v.shape) != 1 {
			return nil, fmt.Errorf("array of shape %v: want one dimension", v.shape)
		}
		out, err := v.dtype.ints(v.raw)
		if err == nil && len(out) != v.shape[0] {
			err = fmt.Errorf("array of shape %v has %d numbers", v.shape, len(out))
		}
		return out, err
	}
	return nil, fmt.Errorf("got %T: want a list or an array", v)
}
