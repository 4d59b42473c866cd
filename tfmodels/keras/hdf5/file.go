package hdf5

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

const signature = "\x89HDF\r\n\x1a\n"

// Group is a group of an HDF5 file with all its members.
type Group struct {
	Path     string // from the root, without a leading slash; empty for the root
	Groups   []*Group
	Datasets []*Dataset

	attributes []attribute
	source     *source
}

// Read reads the structure of an HDF5 file of the given size. The values of datasets
// and attributes are read from r only when they are requested.
func Read(r io.ReaderAt, size int64) (*Group, error) {
	s := newSource(r, size)
	header, err := s.superblock()
	if err != nil {
		return nil, err
	}
	root := &Group{source: s}
	if err := s.group(root, header, 0); err != nil {
		return nil, err
	}
	return root, nil
}

// superblock returns the address of the root group's object header.
func (s *source) superblock() (uint64, error) {
	start := make([]byte, len(signature)+1)
	if n, err := s.r.ReadAt(start, 0); err != nil && n < len(start) && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if string(start[:len(signature)]) != signature {
		return 0, errors.New("not an HDF5 file, or one that is cut short")
	}
	version := start[len(signature)]
	if version > 1 {
		return 0, fmt.Errorf("HDF5 superblock of version %d, as h5py writes it with libver=\"latest\": want version 0, h5py's and Keras's default", version)
	}
	extra := 4 * int(version) // version 1 has one more number in the middle
	c, err := s.block("the superblock", 9, uint64(87+extra))
	if err != nil {
		return 0, err
	}
	c.skip(4) // versions of parts that have only one version
	if offsets, lengths := c.uint(1), c.uint(1); offsets != 8 || lengths != 8 {
		return 0, fmt.Errorf("HDF5 file with offsets of %d bytes and lengths of %d: want 8 and 8", offsets, lengths)
	}
	c.skip(1 + 2 + 2 + 4 + extra)
	base := c.uint(8)
	c.skip(8)
	end := c.uint(8)
	c.skip(8 + 8) // driver information; the root's name
	header := c.uint(8)
	if base != 0 {
		return 0, fmt.Errorf("HDF5 file with a base address of %d: want 0", base)
	}
	if end > s.size {
		return 0, fmt.Errorf("HDF5 file of %d bytes, but its superblock says %d: the file is cut short", s.size, end)
	}
	return header, nil
}

// Group returns the group with a path relative to this group, or nil if there is none.
func (g *Group) Group(path string) *Group {
	name, rest, more := strings.Cut(path, "/")
	for _, child := range g.Groups {
		if lastName(child.Path) == name {
			if more {
				return child.Group(rest)
			}
			return child
		}
	}
	return nil
}

// Dataset returns the dataset with a path relative to this group, or nil if there is
// none.
func (g *Group) Dataset(path string) *Dataset {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		if g = g.Group(path[:i]); g == nil {
			return nil
		}
		path = path[i+1:]
	}
	for _, d := range g.Datasets {
		if lastName(d.Path) == path {
			return d
		}
	}
	return nil
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// shown returns a path as it appears in error messages.
func shown(path string) string { return "/" + path }
