package hdf5

import (
	"fmt"
	"math"
)

// datatype describes how an element is stored.
type datatype struct {
	name     string // NumPy's name, such as "float32", or a description
	size     int
	text     bool // a string of fixed length
	variable bool // a string of variable length, in the global heap
}

// parseDatatype reads a datatype message. A type that this package cannot decode gets a
// name for error messages.
func parseDatatype(c *cursor) (datatype, error) {
	head := c.uint(1)
	class, flags := head&0xf, c.uint(3)
	t := datatype{size: int(c.uint(4))}
	switch class {
	case 0:
		offset, precision := c.uint(2), c.uint(2)
		t.name = numeric("int", flags, t.size)
		if flags&8 == 0 {
			t.name = numeric("uint", flags, t.size)
		}
		if offset != 0 || precision != 8*uint64(t.size) {
			t.name = fmt.Sprintf("an integer of %d bits in %d bytes", precision, t.size)
		}
	case 1:
		t.name = numeric("float", flags, t.size)
		layout := c.take(12)
		// Offset, precision, exponent and mantissa in bits, and the bias of the
		// exponent.
		ieee := [12]byte{0, 0, 32, 0, 23, 8, 0, 23, 127}
		if t.size == 4 && flags&1 == 0 && (c.err != nil || [12]byte(layout) != ieee || flags>>8 != 31) {
			t.name = "a 4-byte float that is not IEEE 754's"
		}
	case 3:
		t.name, t.text = fmt.Sprintf("strings of %d bytes", t.size), true
	case 9:
		t.name = "sequences of variable length"
		if flags&0xf == 1 {
			t.name, t.variable = "strings of variable length", true
		}
	default:
		t.name = fmt.Sprintf("elements of class %d", class)
		if word := [16]string{2: "times", 4: "bit fields", 5: "opaque", 6: "records", 7: "references", 8: "enumerated, as NumPy's bool", 10: "arrays", 11: "complex"}[class]; word != "" {
			t.name += " (" + word + ")"
		}
	}
	return t, c.err
}

func numeric(kind string, flags uint64, size int) string {
	order := ""
	if flags&1 != 0 {
		order = ", big-endian"
	}
	return fmt.Sprintf("%s%d%s", kind, 8*size, order)
}

// parseDataspace reads a shape. null reports that the dataset has no elements.
func parseDataspace(c *cursor) (shape []int, null bool, err error) {
	version, rank, flags := c.uint(1), int(c.uint(1)), c.uint(1)
	switch version {
	case 1:
		c.skip(5)
	case 2:
		null = c.uint(1) == 2
	default:
		return nil, false, fmt.Errorf("%s has version %d: want 1 or 2", c.what, version)
	}
	if rank > 32 || flags > 3 {
		return nil, false, fmt.Errorf("%s has %d dimensions and flags %#x: want at most 32 dimensions", c.what, rank, flags)
	}
	shape = make([]int, 0, rank)
	for range rank {
		n := c.uint(8)
		if n > math.MaxInt32 {
			return nil, false, fmt.Errorf("%s has a dimension of %d: want less than 2^31", c.what, n)
		}
		shape = append(shape, int(n))
	}
	return shape, null, c.err
}

// elements returns the number of elements of a shape, or false if it exceeds most.
func elements(shape []int, most uint64) (uint64, bool) {
	n := uint64(1)
	for _, d := range shape {
		if d == 0 {
			return 0, true
		}
	}
	for _, d := range shape {
		if n > most/uint64(d) {
			return 0, false
		}
		n *= uint64(d)
	}
	return n, n <= most
}
