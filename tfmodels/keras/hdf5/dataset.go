package hdf5

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Dataset is an array of an HDF5 file.
type Dataset struct {
	Path  string // from the root, such as "layers/dense/vars/0"
	Shape []int  // row-major; empty for a scalar
	Type  string // type of the elements, as NumPy names it: "float32"

	source  *source
	problem error // the reason why the elements cannot be read
	at      uint64
	inline  []byte // elements of a compact dataset
	count   uint64
	width   uint64 // bytes of an element
}

// dataset reads the messages of a dataset. If this package cannot decode the dataset,
// reading its elements returns an error.
func (s *source) dataset(path string, messages []message) (*Dataset, error) {
	what := "dataset " + shown(path)
	d := &Dataset{Path: path, source: s}
	var layout message
	var typed, shaped bool
	for _, m := range messages {
		var err error
		switch m.kind {
		case kindDatatype:
			if m.shared {
				d.refuse("has a committed datatype: want one of its own")
				continue
			}
			var t datatype
			t, err = parseDatatype(m.cursor("the datatype of " + what))
			d.Type, d.width, typed = t.name, uint64(t.size), true
		case kindDataspace:
			var null bool
			d.Shape, null, err = parseDataspace(m.cursor("the shape of " + what))
			if shaped = true; null {
				d.refuse("is empty (a null dataspace)")
			}
		case kindLayout:
			layout = m
		case kindFilters:
			d.refuse("is compressed or filtered: want unfiltered elements (h5py: no compression, shuffle or fletcher32)")
		case kindExternal:
			d.refuse("has its elements in another file: want them in the same file")
		}
		if err != nil {
			return nil, err
		}
	}
	if d.problem == nil && !(typed && shaped) {
		d.refuse("has no datatype or no shape")
	}
	if d.problem == nil {
		d.locate(layout.cursor("the layout of " + what))
	}
	return d, nil
}

func (d *Dataset) refuse(why string) {
	if d.problem == nil {
		d.problem = fmt.Errorf("dataset %s %s", shown(d.Path), why)
	}
}

// locate finds the elements in the file.
func (d *Dataset) locate(c *cursor) {
	version, class := c.uint(1), c.uint(1)
	if version != 3 {
		d.refuse(fmt.Sprintf("has a layout of version %d: want 3, h5py's and Keras's default", version))
		return
	}
	count, ok := elements(d.Shape, d.source.size/max(d.width, 1))
	if !ok {
		d.refuse(fmt.Sprintf("has the shape %v, more elements than its file has room for", d.Shape))
		return
	}
	d.count = count
	switch class {
	case 0:
		d.inline = c.take(int(c.uint(2)))
		if c.err != nil || uint64(len(d.inline)) < count*d.width {
			d.refuse(fmt.Sprintf("has %d bytes: want %d for the shape %v of %s", len(d.inline), count*d.width, d.Shape, d.Type))
		}
	case 1:
		at, size := c.uint(8), c.uint(8)
		switch {
		case count == 0:
		case c.err != nil || at == undefined:
			d.refuse("has no elements stored")
		case size < count*d.width:
			d.refuse(fmt.Sprintf("has %d bytes: want %d for the shape %v of %s", size, count*d.width, d.Shape, d.Type))
		case !d.source.fits(at, count*d.width):
			d.refuse("reaches beyond the file's end: the file is damaged or cut short")
		}
		d.at = at
	case 2:
		d.refuse("is stored in chunks, as h5py stores compressed and resizable datasets: want a contiguous dataset")
	default:
		d.refuse(fmt.Sprintf("has a layout of class %d: want contiguous or compact", class))
	}
}

// Float32 reads the elements in row-major order. The dataset must hold float32.
func (d *Dataset) Float32() ([]float32, error) {
	if err := d.holds("float32"); err != nil {
		return nil, err
	}
	values := make([]float32, d.count)
	err := d.each(func(i int, b []byte) { values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b)) })
	return values, err
}

// Int64 reads the elements in row-major order. The dataset must hold int64.
func (d *Dataset) Int64() ([]int64, error) {
	if err := d.holds("int64"); err != nil {
		return nil, err
	}
	values := make([]int64, d.count)
	err := d.each(func(i int, b []byte) { values[i] = int64(binary.LittleEndian.Uint64(b)) })
	return values, err
}

func (d *Dataset) holds(want string) error {
	if d.Type != "" && d.Type != want { // a wrong type is reported before an unsupported storage
		return fmt.Errorf("dataset %s holds %s: want %s", shown(d.Path), d.Type, want)
	}
	return d.problem
}

// each calls a function with the bytes of each element.
func (d *Dataset) each(element func(i int, b []byte)) error {
	width, part := int(d.width), make([]byte, min(1<<16, d.count*d.width)) // a multiple of 4 and of 8
	for i := 0; i < int(d.count); {
		n := min(len(part)/width, int(d.count)-i)
		chunk := part[:n*width]
		if d.inline != nil {
			copy(chunk, d.inline[i*width:])
		} else if _, err := io.ReadFull(io.NewSectionReader(d.source.r, int64(d.at)+int64(i*width), int64(len(chunk))), chunk); err != nil {
			return fmt.Errorf("dataset %s: %w", shown(d.Path), err)
		}
		for ; len(chunk) > 0; chunk = chunk[width:] {
			element(i, chunk)
			i++
		}
	}
	return nil
}
