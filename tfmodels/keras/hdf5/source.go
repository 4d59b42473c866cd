package hdf5

import (
	"errors"
	"fmt"
	"io"
)

// Limits of the reader. Keras's largest applications have some ten thousand objects,
// nested five deep for each nested model.
const (
	maxDepth    = 64
	maxObjects  = 100_000
	maxMetadata = 256 << 20 // bytes of headers, heaps and trees
	maxStrings  = 64 << 20  // bytes of the strings of one attribute
)

// undefined is the address of data that was never stored.
const undefined = ^uint64(0)

// source is a file with a budget of metadata bytes. A file whose parts overlap or refer
// to each other in a cycle exhausts the budget.
type source struct {
	r       io.ReaderAt
	size    uint64
	left    uint64 // bytes of metadata that may still be read
	objects int
	heaps   map[uint64]map[uint16][]byte // global heap collections by address
}

func newSource(r io.ReaderAt, size int64) *source {
	s := &source{r: r, size: uint64(max(size, 0)), heaps: map[uint64]map[uint16][]byte{}}
	s.left = min(4*s.size+1<<16, maxMetadata) // a valid file is read once
	return s
}

// fits reports whether n bytes at an address are within the file.
func (s *source) fits(address, n uint64) bool {
	return address <= s.size && n <= s.size-address
}

// block reads n bytes of metadata. what names them in errors.
func (s *source) block(what string, address, n uint64) (*cursor, error) {
	if !s.fits(address, n) {
		return nil, fmt.Errorf("%s of %d bytes at %d reaches beyond the file's end at %d: the file is damaged or cut short", what, n, address, s.size)
	}
	if n > s.left {
		return nil, errors.New("the file's structure refers to itself, or is larger than that of any Keras model: want a file as Keras writes it")
	}
	s.left -= n
	data := make([]byte, n)
	if _, err := s.r.ReadAt(data, int64(address)); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return &cursor{what: what, data: data}, nil
}

// signed reads a block that begins with a four-character signature.
func (s *source) signed(what, signature string, address, n uint64) (*cursor, error) {
	c, err := s.block(what, address, n)
	if err != nil {
		return nil, err
	}
	if got := string(c.take(4)); got != signature {
		return nil, fmt.Errorf("%s at %d begins with %q: want %q", what, address, got, signature)
	}
	return c, nil
}

// cursor decodes a block from its start. After the end of the block, all further values
// are zero and err is set.
type cursor struct {
	what string
	data []byte
	err  error
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.data) {
		if c.err == nil {
			c.err = fmt.Errorf("%s ends too early", c.what)
		}
		c.data = nil
		return make([]byte, min(max(n, 0), 16)) // no number is longer
	}
	head := c.data[:n:n]
	c.data = c.data[n:]
	return head
}

// uint reads a little-endian number of n bytes, at most 8.
func (c *cursor) uint(n int) uint64 {
	v := uint64(0)
	for i, b := range c.take(n) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (c *cursor) skip(n int) { c.take(n) }
