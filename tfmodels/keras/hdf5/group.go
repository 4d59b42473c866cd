package hdf5

import (
	"bytes"
	"fmt"
	"strings"
)

// group reads a group from its object header.
func (s *source) group(g *Group, header uint64, depth int) error {
	messages, err := s.header(g.Path, header)
	if err != nil {
		return err
	}
	return s.fill(g, messages, depth)
}

func (s *source) fill(g *Group, messages []message, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("group %s: groups are nested more than %d deep", shown(g.Path), maxDepth)
	}
	var tree, heap uint64
	found := false
	for _, m := range messages {
		switch m.kind {
		case kindSymbolTable:
			c := m.cursor("the symbol table of group " + shown(g.Path))
			tree, heap = c.uint(8), c.uint(8)
			if c.err != nil {
				return c.err
			}
			found = true
		case kindLink, kindLinkInfo:
			return fmt.Errorf("group %s: links of the newer format, as h5py writes them with libver=\"latest\" or track_order: want symbol tables, h5py's and Keras's default", shown(g.Path))
		}
	}
	if !found {
		return fmt.Errorf("object %s is neither a dataset nor a group with a symbol table", shown(g.Path))
	}
	var err error
	if g.attributes, err = attributes(g.Path, messages); err != nil {
		return err
	}
	names, err := s.localHeap(g.Path, heap)
	if err != nil {
		return err
	}
	return s.tree(g, tree, names, depth, -1)
}

// localHeap reads the names of a group's members.
func (s *source) localHeap(path string, address uint64) ([]byte, error) {
	what := "the heap of group " + shown(path)
	c, err := s.signed(what, "HEAP", address, 32)
	if err != nil {
		return nil, err
	}
	c.skip(4)
	size := c.uint(8)
	c.skip(8) // free list
	data, err := s.block(what, c.uint(8), size)
	if err != nil {
		return nil, err
	}
	return data.data, nil
}

// tree visits a node of a group's B-tree. The node must have the given level; a
// negative level allows any.
func (s *source) tree(g *Group, address uint64, names []byte, depth, level int) error {
	what := "the B-tree of group " + shown(g.Path)
	c, err := s.signed(what, "TREE", address, 24)
	if err != nil {
		return err
	}
	kind, got, used := c.uint(1), int(c.uint(1)), c.uint(2)
	if kind != 0 || level >= 0 && got != level {
		return fmt.Errorf("%s has a node of type %d and level %d at %d: want type 0 and a level less than its parent's", what, kind, got, address)
	}
	if c, err = s.block(what, address+24, 16*used+8); err != nil {
		return err
	}
	for range used {
		c.skip(8) // key
		child := c.uint(8)
		if got > 0 {
			err = s.tree(g, child, names, depth, got-1)
		} else {
			err = s.symbols(g, child, names, depth)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// symbols reads a node of a group's symbol table, which lists some of the members.
func (s *source) symbols(g *Group, address uint64, names []byte, depth int) error {
	what := "the symbol table of group " + shown(g.Path)
	c, err := s.signed(what, "SNOD", address, 8)
	if err != nil {
		return err
	}
	c.skip(2)
	count := c.uint(2)
	if c, err = s.block(what, address+8, 40*count); err != nil {
		return err
	}
	for range count {
		offset, header := c.uint(8), c.uint(8)
		cache := c.uint(4)
		c.skip(4 + 16)
		name, err := heapName(names, offset)
		if err != nil {
			return fmt.Errorf("group %s: %w", shown(g.Path), err)
		}
		if cache == 2 {
			return fmt.Errorf("group %s: %q is a soft link: want groups and datasets", shown(g.Path), name)
		}
		if err := s.member(g, name, header, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// member adds an object to a group.
func (s *source) member(g *Group, name string, header uint64, depth int) error {
	path := join(g.Path, name)
	if s.objects++; s.objects > maxObjects {
		return fmt.Errorf("more than %d groups and datasets, counted up to %s: want a file as Keras writes it", maxObjects, shown(path))
	}
	messages, err := s.header(path, header)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if m.kind == kindLayout {
			d, err := s.dataset(path, messages)
			if err == nil {
				g.Datasets = append(g.Datasets, d)
			}
			return err
		}
	}
	child := &Group{Path: path, source: s}
	g.Groups = append(g.Groups, child)
	return s.fill(child, messages, depth)
}

// heapName returns the name at an offset of a group's heap.
func heapName(names []byte, offset uint64) (string, error) {
	if offset >= uint64(len(names)) {
		return "", fmt.Errorf("a member's name lies outside its heap")
	}
	end := bytes.IndexByte(names[offset:], 0)
	if end < 0 {
		return "", fmt.Errorf("a member's name is not terminated")
	}
	name := string(names[offset:][:end])
	if name == "" || len(name) > 1024 || strings.ContainsRune(name, '/') {
		return "", fmt.Errorf("a member's name is %.20q: want 1 to 1024 bytes without a slash", name)
	}
	return name, nil
}
