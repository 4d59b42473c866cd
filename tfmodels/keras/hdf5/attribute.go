package hdf5

import (
	"bytes"
	"fmt"
)

// attribute is an attribute of a group, with its value still encoded.
type attribute struct {
	name  string
	typ   datatype
	shape []int
	null  bool
	data  []byte
}

// attributes returns the attributes of an object.
func attributes(path string, messages []message) ([]attribute, error) {
	var all []attribute
	for _, m := range messages {
		if m.kind != kindAttribute || m.shared {
			continue // Keras writes no shared attributes; a missing one is reported where it is needed
		}
		a, err := parseAttribute(m.cursor("an attribute of " + shown(path)))
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func parseAttribute(c *cursor) (a attribute, err error) {
	version := c.uint(1)
	shared := c.uint(1)
	sizes := [3]int{int(c.uint(2)), int(c.uint(2)), int(c.uint(2))} // name, datatype, dataspace
	switch version {
	case 1:
		shared = 0
	case 2:
	case 3:
		c.skip(1) // encoding of the name
	default:
		return a, fmt.Errorf("%s has version %d: want 1 to 3", c.what, version)
	}
	var parts [3][]byte
	for i, n := range sizes {
		parts[i] = c.take(n)
		if version == 1 {
			c.skip(-n & 7) // padded to 8 bytes
		}
	}
	if c.err != nil {
		return a, c.err
	}
	name, _, _ := bytes.Cut(parts[0], []byte{0})
	a.name, a.data = string(name), c.data
	if shared != 0 {
		a.typ.name = "of a committed datatype"
		return a, nil
	}
	if a.typ, err = parseDatatype(&cursor{what: c.what, data: parts[1]}); err != nil {
		return a, err
	}
	a.shape, a.null, err = parseDataspace(&cursor{what: c.what, data: parts[2]})
	return a, err
}

// Strings returns the value of an attribute that holds one or more strings, or false if
// the group has no attribute of that name. An attribute without elements may have any
// type.
func (g *Group) Strings(name string) ([]string, bool, error) {
	for _, a := range g.attributes {
		if a.name == name {
			values, err := g.source.strings(a)
			if err != nil {
				err = fmt.Errorf("attribute %q of group %s %w", name, shown(g.Path), err)
			}
			return values, true, err
		}
	}
	return nil, false, nil
}

func (s *source) strings(a attribute) ([]string, error) {
	count, ok := elements(a.shape, uint64(len(a.data)))
	if a.null || ok && count == 0 {
		return nil, nil
	}
	if !a.typ.text && !a.typ.variable {
		return nil, fmt.Errorf("is %s: want strings", a.typ.name)
	}
	if !ok || a.typ.size < 1 || count*uint64(a.typ.size) > uint64(len(a.data)) {
		return nil, fmt.Errorf("is longer than its stored value")
	}
	values := make([]string, 0, count)
	total := 0
	for i := range int(count) {
		value := a.data[i*a.typ.size:][:a.typ.size]
		if a.typ.variable {
			var err error
			if value, err = s.variable(value); err != nil {
				return nil, err
			}
		}
		value, _, _ = bytes.Cut(value, []byte{0})
		if total += len(value); total > maxStrings {
			return nil, fmt.Errorf("has more than %d bytes of strings", maxStrings)
		}
		values = append(values, string(value))
	}
	return values, nil
}

// variable returns a string of variable length from the global heap.
func (s *source) variable(reference []byte) ([]byte, error) {
	c := &cursor{what: "a string's place", data: reference}
	length, address, index := c.uint(4), c.uint(8), uint16(c.uint(4))
	if c.err != nil {
		return nil, c.err
	}
	if length == 0 {
		return nil, nil
	}
	heap, err := s.globalHeap(address)
	if err != nil {
		return nil, err
	}
	object, ok := heap[index]
	if !ok || uint64(len(object)) < length {
		return nil, fmt.Errorf("has a string of %d bytes that is not in its heap", length)
	}
	return object[:length], nil
}

// globalHeap reads a collection of the global heap.
func (s *source) globalHeap(address uint64) (map[uint16][]byte, error) {
	if heap, ok := s.heaps[address]; ok {
		return heap, nil
	}
	const what = "a collection of the global heap"
	c, err := s.signed(what, "GCOL", address, 16)
	if err != nil {
		return nil, err
	}
	c.skip(4)
	size := c.uint(8)
	if size < 16 {
		return nil, fmt.Errorf("%s at %d has %d bytes: want 16 or more", what, address, size)
	}
	if c, err = s.block(what, address+16, size-16); err != nil {
		return nil, err
	}
	heap := map[uint16][]byte{}
	for len(c.data) >= 16 {
		index := uint16(c.uint(2))
		c.skip(6)
		length := c.uint(8)
		if index == 0 { // free space at the end of the collection
			break
		}
		if length > uint64(len(c.data)) {
			return nil, fmt.Errorf("%s at %d has an object of %d bytes, which is more than its remaining bytes", what, address, length)
		}
		heap[index] = c.take(int(length))
		c.skip(min(int(-length&7), len(c.data)))
	}
	s.heaps[address] = heap
	return heap, nil
}
