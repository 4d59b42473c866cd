package hdf5

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Array is a float32 dataset to be written.
type Array struct {
	Path   string // names of the groups and of the dataset, such as "layers/dense/vars/0"
	Shape  []int
	Values []float32 // row-major
}

// Write writes an HDF5 file of contiguous float32 datasets and the groups in their
// paths. The same arrays always give the same bytes.
func Write(w io.Writer, arrays []Array) error {
	root, err := plan(arrays)
	if err != nil {
		return err
	}
	// The address of the elements depends on the size of everything before them, and
	// that size does not depend on addresses.
	head := layOut(root, 0)
	head = layOut(root, uint64(len(head)))
	out := bufio.NewWriterSize(w, 1<<16)
	if _, err := out.Write(head); err != nil {
		return err
	}
	number := make([]byte, 4)
	for _, a := range arrays {
		for _, v := range a.Values {
			binary.LittleEndian.PutUint32(number, math.Float32bits(v))
			if _, err := out.Write(number); err != nil {
				return err
			}
		}
		if _, err := out.Write(make([]byte, padding(4*len(a.Values)))); err != nil {
			return err
		}
	}
	return out.Flush()
}

// node is a group or a dataset to be written.
type node struct {
	members map[string]*node // of a group
	array   *Array           // of a dataset
	offset  uint64           // offset of the elements from those of the first dataset
}

// plan builds the tree of groups.
func plan(arrays []Array) (*node, error) {
	root := &node{members: map[string]*node{}}
	offset := uint64(0)
	for i := range arrays {
		a := &arrays[i]
		if n, ok := elements(a.Shape, math.MaxInt32); !ok || n != uint64(len(a.Values)) {
			return nil, fmt.Errorf("dataset %s has the shape %v but %d elements: want as many elements as the shape has", shown(a.Path), a.Shape, len(a.Values))
		}
		if err := root.add(a, offset); err != nil {
			return nil, fmt.Errorf("dataset %s: %w", shown(a.Path), err)
		}
		size := 4 * len(a.Values)
		offset += uint64(size + padding(size))
	}
	return root, nil
}

func (n *node) add(a *Array, offset uint64) error {
	names := strings.Split(a.Path, "/")
	for i, name := range names {
		if name == "" || strings.ContainsRune(name, 0) {
			return errors.New("want names of one character or more, without a zero byte")
		}
		next := n.members[name]
		last := i == len(names)-1
		switch {
		case next == nil && last:
			next = &node{array: a, offset: offset}
			n.members[name] = next
		case next == nil:
			next = &node{members: map[string]*node{}}
			n.members[name] = next
		case last || next.array != nil:
			return errors.New("occurs twice, or is also a group: want each path once")
		}
		n = next
	}
	return nil
}

// padding returns the number of bytes up to the next multiple of 8.
func padding(n int) int { return -n & 7 }

// layOut encodes everything except the elements, which begin at the given address.
func layOut(root *node, elements uint64) []byte {
	e := &encoder{elements: elements}
	e.data = append(e.data, signature...)
	e.bytes(0, 0, 0, 0, 0, 8, 8, 0) // versions; sizes of offsets and lengths: 8 bytes
	e.uint(2, leafK)
	e.uint(2, treeK)
	e.uint(4, 0)
	e.uint(8, 0) // base address
	e.uint(8, undefined)
	end := len(e.data)
	e.uint(8, 0)
	e.uint(8, undefined)
	e.uint(8, 0) // the root has no name
	entry := len(e.data)
	e.skip(32)
	address, tree, heap := e.group(root)
	e.put(entry, address)
	e.put(entry+8, 1) // the addresses of the tree and the heap follow
	e.put(entry+16, tree)
	e.put(entry+24, heap)
	e.put(end, elements+root.extent())
	return e.data
}

// extent returns the end of a group's last dataset, as an offset from the elements of
// the first dataset.
func (n *node) extent() uint64 {
	if n.array != nil {
		size := 4 * len(n.array.Values)
		return n.offset + uint64(size+padding(size))
	}
	most := uint64(0)
	for _, m := range n.members {
		most = max(most, m.extent())
	}
	return most
}
