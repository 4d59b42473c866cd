package dataset

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// idxUint8 is idx's code for elements of one unsigned byte.
const idxUint8 = 0x08

// readIDX reads an array of bytes in the idx format of the MNIST files: a magic number
// (the type of the elements and the number of dimensions), the dimensions as big-endian
// 32-bit numbers, and the elements, row-major. The format is described at
// https://yann.lecun.com/exdb/mnist/.
func readIDX(r io.Reader, dimensions int) (shape []int, data []byte, err error) {
	var magic uint32
	if err := binary.Read(r, binary.BigEndian, &magic); err != nil {
		return nil, nil, fmt.Errorf("idx magic number: %w", cutShort(err))
	}
	if want := uint32(idxUint8<<8 | dimensions); magic != want {
		return nil, nil, fmt.Errorf("idx magic number: got %#08x: want %#08x (unsigned bytes in %d dimensions)", magic, want, dimensions)
	}
	claimed := make([]uint32, dimensions)
	if err := binary.Read(r, binary.BigEndian, claimed); err != nil {
		return nil, nil, fmt.Errorf("idx dimensions: %w", cutShort(err))
	}
	size := int64(1)
	for _, n := range claimed {
		if n > 0 && size > math.MaxInt64/int64(n) {
			return nil, nil, fmt.Errorf("idx dimensions %v: more bytes than a file can have", claimed)
		}
		size *= int64(n)
		shape = append(shape, int(n))
	}
	data, err = readN(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("idx data of dimensions %v: %w", claimed, err)
	}
	extra, err := io.Copy(io.Discard, r) // to the end, where gzip checks its sum
	if err != nil {
		return nil, nil, fmt.Errorf("after the idx data: %w", cutShort(err))
	}
	if extra > 0 {
		return nil, nil, fmt.Errorf("idx data of dimensions %v: %d bytes too many: want %d", claimed, extra, size)
	}
	return shape, data, nil
}
