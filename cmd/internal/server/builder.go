package server

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

// builder builds one tensor from a JSON value: nested lists of numbers or strings, or
// {"b64": …}.
type builder struct {
	input  string // the input's name, for messages
	dtype  tf.DataType
	want   []int64 // for images, the signature's shape; nil means any
	image  [3]int  // height, width and channels of an image
	decode DecodeImage

	shape []int64 // -1 until the first list of that level is complete
	fixed bool    // whether the rank is known
	path  []int   // position of the current value
	out   tensor
}

// newBuilder returns a builder for an input of a version's signature.
func newBuilder(v *version, input serving.Tensor, decode DecodeImage) *builder {
	b := &builder{input: input.Name, dtype: input.DType, decode: decode, out: tensor{dtype: input.DType}}
	// Like Serving, check only images against the signature: a network may accept
	// shapes other than those in its signature, and TensorFlow reports an error
	// otherwise.
	if shape, is := v.imageInput(input); is {
		b.want, b.image = input.Shape, shape
	}
	return b
}

// isImage reports whether each row is an image.
func (b *builder) isImage() bool { return b.want != nil }

// errorf returns an error at the current value.
func (b *builder) errorf(format string, args ...any) error {
	where := fmt.Sprintf("input %q", b.input)
	for i, n := range b.path {
		if i == 8 {
			where += "…"
			break
		}
		where += fmt.Sprintf("[%d]", n)
	}
	return badRequest("%s: %s", where, fmt.Sprintf(format, args...))
}

// value reads a value at a level of lists; level 0 is the whole tensor.
func (b *builder) value(s *scanner, level int) error {
	switch s.peek() {
	case '[':
		return b.list(s, level)
	case '{':
		return b.base64(s, level)
	}
	if err := b.leaf(level); err != nil {
		return err
	}
	return b.scalar(s)
}

func (b *builder) list(s *scanner, level int) error {
	if b.fixed && level >= len(b.shape) {
		return b.errorf("a list, but other elements are values: want shape %s", b.wanted())
	}
	if b.want != nil && level >= len(b.want) {
		return b.errorf("a list nested too deeply: want shape %s", b.wanted())
	}
	if level == len(b.shape) {
		b.shape = append(b.shape, -1)
	}
	b.path = append(b.path, 0)
	n, err := s.list(func(i int) error {
		b.path[level] = i
		if most := b.most(level); most >= 0 && i >= most {
			b.path = b.path[:level]
			return b.errorf("a list of more than %d: want shape %s", most, b.wanted())
		}
		return b.value(s, level+1)
	})
	if err != nil {
		return err
	}
	b.path = b.path[:level]
	b.fixed = true // an empty list determines the rank, too
	return b.length(level, n)
}

// most returns the number of elements in the lists of a level, or -1 for any number.
func (b *builder) most(level int) int {
	if b.shape[level] >= 0 {
		return int(b.shape[level])
	}
	if level < len(b.want) {
		return int(b.want[level])
	}
	return -1
}

// length records the number of elements in a list of a level.
func (b *builder) length(level, n int) error {
	if most := b.most(level); most >= 0 && n != most {
		return b.errorf("a list of %d: want shape %s", n, b.wanted())
	}
	b.shape[level] = int64(n)
	return nil
}

// leaf checks that a single value is valid at a level.
func (b *builder) leaf(level int) error {
	if !b.fixed {
		b.fixed = true
		if b.want != nil && level != len(b.want) {
			return b.errorf("a single value: want shape %s", b.wanted())
		}
	}
	if level != len(b.shape) {
		return b.errorf("a single value, but other elements are lists: want shape %s", b.wanted())
	}
	return nil
}

// wanted returns the expected shape for messages.
func (b *builder) wanted() string {
	shape := b.want
	if shape == nil {
		shape = b.shape
	}
	return shapeText(shape)
}

func shapeText(shape []int64) string {
	text := "["
	for i, d := range shape {
		if i > 0 {
			text += " "
		}
		if d < 0 {
			text += "?"
		} else {
			text += strconv.FormatInt(d, 10)
		}
	}
	return text + "]"
}

// scalar reads one value and appends it.
func (b *builder) scalar(s *scanner) error {
	if s.peek() == '"' {
		text, err := s.string()
		if err != nil {
			return err
		}
		if b.dtype != tf.String {
			return b.errorf("a string: want %s", typeName(b.dtype))
		}
		b.out.strings = append(b.out.strings, text)
		return nil
	}
	word, err := s.word()
	if err != nil {
		return err
	}
	return b.number(word)
}

// number appends a number, or true or false.
func (b *builder) number(word []byte) error {
	mismatch := b.errorf
	text := string(word)
	size := sizes[b.dtype]
	if b.dtype == tf.Bool {
		if text != "true" && text != "false" {
			return mismatch("%s: want true or false", shorten(word))
		}
		b.out.data = append(b.out.data, map[bool]byte{true: 1}[text == "true"])
		return nil
	}
	if text == "true" || text == "false" || text == "null" || b.dtype == tf.String {
		return mismatch("%s: want %s", shorten(word), typeName(b.dtype))
	}
	var bits uint64
	var err error
	switch b.dtype {
	case tf.Float, tf.Double:
		var v float64
		v, err = strconv.ParseFloat(text, 8*size)
		if b.isImage() && (math.IsNaN(v) || math.IsInf(v, 0)) {
			return mismatch("%s: want a finite number", shorten(word))
		}
		if bits = math.Float64bits(v); size == 4 {
			bits = uint64(math.Float32bits(float32(v)))
		}
	case tf.Uint8, tf.Uint16:
		bits, err = strconv.ParseUint(text, 10, 8*size)
	case tf.Int8, tf.Int16, tf.Int32, tf.Int64:
		var v int64
		v, err = strconv.ParseInt(text, 10, 8*size)
		bits = uint64(v)
	default:
		return failf(501, "input %q has type %s: want a type that JSON can represent", b.input, typeName(b.dtype))
	}
	if err != nil {
		return mismatch("%s: want %s", shorten(word), typeName(b.dtype))
	}
	switch size {
	case 1:
		b.out.data = append(b.out.data, byte(bits))
	case 2:
		b.out.data = binary.NativeEndian.AppendUint16(b.out.data, uint16(bits))
	case 4:
		b.out.data = binary.NativeEndian.AppendUint32(b.out.data, uint32(bits))
	default:
		b.out.data = binary.NativeEndian.AppendUint64(b.out.data, bits)
	}
	return nil
}

// finish returns the complete tensor.
func (b *builder) finish() (tensor, error) {
	b.path = b.path[:0]
	if b.want != nil && len(b.shape) != len(b.want) {
		return tensor{}, b.errorf("shape %s: want shape %s", shapeText(b.shape), b.wanted())
	}
	b.out.shape = b.shape
	return b.out, nil
}
