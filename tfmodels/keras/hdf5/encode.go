package hdf5

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Sizes of a group's nodes: libhdf5's defaults.
const (
	leafK = 4  // a node of the symbol table has 2*leafK members
	treeK = 16 // a node of the B-tree has 2*treeK children
)

// encoder appends the parts of a file. Every part begins at a multiple of 8 bytes.
type encoder struct {
	data     []byte
	elements uint64 // address of the first dataset's elements
}

func (e *encoder) bytes(values ...byte) { e.data = append(e.data, values...) }

// uint appends a little-endian number of n bytes.
func (e *encoder) uint(n int, v uint64) {
	e.data = append(e.data, binary.LittleEndian.AppendUint64(nil, v)[:n]...)
}

// put sets an 8-byte number that was skipped.
func (e *encoder) put(at int, v uint64) { binary.LittleEndian.PutUint64(e.data[at:], v) }

func (e *encoder) skip(n int) { e.data = append(e.data, make([]byte, n)...) }

func (e *encoder) align() { e.skip(padding(len(e.data))) }

func (e *encoder) here() uint64 { return uint64(len(e.data)) }

// member is the target of an entry of a symbol table.
type member struct {
	name, header, tree, heap uint64
	group                    bool
}

// group appends the members of a group and then the group, and returns the addresses of
// its object header, its B-tree and its heap.
func (e *encoder) group(n *node) (header, tree, heap uint64) {
	names := slices.Sorted(maps.Keys(n.members))
	text := make([]byte, 8) // the empty name, the first key of the tree
	var members []member
	for _, name := range names {
		m := member{name: uint64(len(text))}
		text = append(text, name...)
		text = append(text, make([]byte, 1+padding(len(name)+1))...)
		if child := n.members[name]; child.array != nil {
			m.header = e.dataset(child)
		} else {
			m.header, m.tree, m.heap = e.group(child)
			m.group = true
		}
		members = append(members, m)
	}
	heap = e.here()
	e.bytes('H', 'E', 'A', 'P', 0, 0, 0, 0)
	e.uint(8, uint64(len(text)))
	e.uint(8, 1) // no free list
	e.uint(8, heap+32)
	e.data = append(e.data, text...)
	tree = e.tree(members)
	header = e.here()
	e.header(1, 24)
	e.message(kindSymbolTable, 16)
	e.uint(8, tree)
	e.uint(8, heap)
	return header, tree, heap
}

// tree appends the symbol table of a group and the B-tree that indexes it.
func (e *encoder) tree(members []member) uint64 {
	type child struct{ address, last uint64 } // last is the name of the last member, the key after the child
	var level []child
	for node := range slices.Chunk(members, 2*leafK) {
		level = append(level, child{e.symbols(node), node[len(node)-1].name})
	}
	for depth := 0; ; depth++ {
		var above []child
		first, count := uint64(0), 0 // key before the node; number of the node
		for begin := 0; begin == 0 || begin < len(level); begin += 2 * treeK {
			node := level[begin:min(begin+2*treeK, len(level))]
			address := e.here()
			size := uint64(24 + 16*2*treeK + 8)
			left, right := undefined, undefined
			if count > 0 {
				left = address - size
			}
			if begin+2*treeK < len(level) {
				right = address + size
			}
			e.bytes('T', 'R', 'E', 'E', 0, byte(depth))
			e.uint(2, uint64(len(node)))
			e.uint(8, left)
			e.uint(8, right)
			e.uint(8, first)
			for _, c := range node {
				e.uint(8, c.address)
				e.uint(8, c.last)
				first = c.last
			}
			e.skip(16 * (2*treeK - len(node)))
			above = append(above, child{address, first})
			count++
		}
		if level = above; len(level) == 1 {
			return level[0].address
		}
	}
}

// symbols appends a node of a symbol table.
func (e *encoder) symbols(members []member) uint64 {
	address := e.here()
	e.bytes('S', 'N', 'O', 'D', 1, 0)
	e.uint(2, uint64(len(members)))
	for _, m := range members {
		e.uint(8, m.name)
		e.uint(8, m.header)
		if m.group {
			e.uint(8, 1) // the addresses of the tree and the heap follow
		} else {
			e.uint(8, 0)
		}
		e.uint(8, m.tree)
		e.uint(8, m.heap)
	}
	e.skip(40 * (2*leafK - len(members)))
	return address
}

// header begins an object header with a number of messages and their total size.
func (e *encoder) header(messages, size int) {
	e.bytes(1, 0)
	e.uint(2, uint64(messages))
	e.uint(4, 1) // one reference
	e.uint(4, uint64(size))
	e.skip(4)
}

func (e *encoder) message(kind, size int) {
	e.uint(2, uint64(kind))
	e.uint(2, uint64(size))
	e.skip(4)
}

// dataset appends the object header of a dataset.
func (e *encoder) dataset(n *node) uint64 {
	address := e.here()
	rank := len(n.array.Shape)
	e.header(4, 4*8+(8+8*rank)+24+8+24)
	e.message(kindDataspace, 8+8*rank)
	e.bytes(1, byte(rank), 0, 0, 0, 0, 0, 0)
	for _, d := range n.array.Shape {
		e.uint(8, uint64(d))
	}
	e.message(kindDatatype, 24)
	e.bytes(0x11, 0x20, 31, 0)                       // a float: mantissa normalized, sign in bit 31
	e.bytes(4, 0, 0, 0)                              // bytes
	e.bytes(0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0) // binary32 of IEEE 754
	e.skip(4)                                        // pad to a multiple of 8
	e.message(kindFillValue, 8)
	e.bytes(2, 1, 2, 0, 0, 0, 0, 0) // version 2, allocated early, no fill value
	e.message(kindLayout, 24)
	e.bytes(3, 1) // version 3, contiguous
	if len(n.array.Values) == 0 {
		e.uint(8, undefined)
	} else {
		e.uint(8, e.elements+n.offset)
	}
	e.uint(8, uint64(4*len(n.array.Values)))
	e.align()
	return address
}
