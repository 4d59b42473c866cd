package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// dtype is the type of an array's elements.
type dtype struct {
	kind  byte // 'b' bool, 'i' signed, 'u' unsigned, 'f' float
	size  int  // bytes per element
	order binary.ByteOrder
}

// parseDType reads a NumPy type string such as "<f4", ">i2" or "|u1".
func parseDType(descr string) (dtype, error) {
	d := dtype{order: binary.LittleEndian}
	if strings.HasPrefix(descr, ">") {
		d.order = binary.BigEndian
	}
	switch strings.TrimLeft(descr, "<>|=") {
	case "b1", "?":
		d.kind, d.size = 'b', 1
	case "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8":
		d.kind, d.size = descr[len(descr)-2], int(descr[len(descr)-1]-'0')
	default:
		return dtype{}, fmt.Errorf("dtype %q: want real numbers (bool, int, uint, float16, float32 or float64); convert it in Python with .astype('float32')", descr)
	}
	return d, nil
}

// String returns NumPy's name of the type.
func (d dtype) String() string {
	switch d.kind {
	case 'b':
		return "bool"
	case 'i':
		return fmt.Sprint("int", 8*d.size)
	case 'u':
		return fmt.Sprint("uint", 8*d.size)
	default:
		return fmt.Sprint("float", 8*d.size)
	}
}

// decoder returns a function that decodes the element at the start of a slice.
func (d dtype) decoder() func([]byte) float64 {
	switch d.kind {
	case 'b':
		return func(b []byte) float64 {
			if b[0] != 0 {
				return 1
			}
			return 0
		}
	case 'i':
		return d.signed
	case 'u':
		return func(b []byte) float64 { return float64(d.bits(b)) }
	}
	switch d.size {
	case 2:
		return func(b []byte) float64 { return float16(d.order.Uint16(b)) }
	case 4:
		return func(b []byte) float64 { return float64(math.Float32frombits(d.order.Uint32(b))) }
	default:
		return func(b []byte) float64 { return math.Float64frombits(d.order.Uint64(b)) }
	}
}

// bits returns an element's bits, zero-extended.
func (d dtype) bits(b []byte) uint64 {
	switch d.size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(d.order.Uint16(b))
	case 4:
		return uint64(d.order.Uint32(b))
	default:
		return d.order.Uint64(b)
	}
}

// signed returns an element as a two's complement number.
func (d dtype) signed(b []byte) float64 {
	shift := 64 - 8*d.size
	return float64(int64(d.bits(b)<<shift) >> shift)
}

// float16 converts an IEEE 754 half-precision number exactly. It has 1 sign bit, 5
// exponent bits with a bias of 15, and 10 fraction bits.
func float16(bits uint16) float64 {
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	var v float64
	switch {
	case exponent == 0x1f && fraction == 0:
		v = math.Inf(1)
	case exponent == 0x1f:
		v = math.NaN()
	case exponent == 0: // zero and subnormals, without the implicit bit
		v = math.Ldexp(fraction, -24)
	default:
		v = math.Ldexp(fraction+1024, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -v
	}
	return v
}
