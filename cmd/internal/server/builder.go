package server

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

// builder makes one tensor of a JSON value: nested lists of numbers or strings,
// or {"b64": …}.
type builder struct {
	input  string // the input's name, for messages
	dtype  tf.DataType
	want   []int64 // of images: the signature's shape; else nil: any
	image  [3]int  // height, width and channels of an image
	decode DecodeImage

	shape []int64 // -1 while the first list of that level is not at its end
	fixed bool    // the rank is known
	path  []int   // where the value that is being read stands
	out   tensor
}

// newBuilder makes a builder for an input of a version's signature.
func newBuilder(v *version, input serving.Tensor, decode DecodeImage) *builder {
	b := &builder{input: input.Name, dtype: input.DType, decode: decode, out: tensor{dtype: input.DType}}
	// Serving holds no other input against its signature: a network may well take
	// other shapes than that names, and TensorFlow complains where it does not.
	if shape, is := v.imageInput(input); is {
		b.want, b.image = input.Shape, shape
	}
	return b
}

// isImage says whether each row is an image.
func (b *builder) isImage() bool { return b.want != nil }

// errorf is an error at the value that is being read.
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

// value reads a value that stands at a level of lists: 0 is the whole tensor.
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
		return b.errorf("a list, where others have a value: want shape %s", b.wanted())
	}
	if b.want != nil && level >= len(b.want) {
		return b.errorf("a list nested too deep: want shape %s", b.wanted())
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
	b.fixed = true // an empty list ends the rank, too
	return b.length(level, n)
}

// most is how many elements the lists of a level have; -1: any number.
func (b *builder) most(level int) int {
	if b.shape[level] >= 0 {
		return int(b.shape[level])
	}
	if level < len(b.want) {
		return int(b.want[level])
	}
	return -1
}

// length notes how many elements a list of a level has.
func (b *builder) length(level, n int) error {
	if most := b.most(level); most >= 0 && n != most {
		return b.errorf("a list of %d: want shape %s", n, b.wanted())
	}
	b.shape[level] = int64(n)
	return nil
}

// leaf checks that a single value may stand at a level.
func (b *builder) leaf(level int) error {
	if !b.fixed {
		b.fixed = true
		if b.want != nil && level != len(b.want) {
			return b.errorf("a single value: want shape %s", b.wanted())
		}
	}
	if level != len(b.shape) {
		return b.errorf("a single value, where others have a list: want shape %s", b.wanted())
	}
	return nil
}

// wanted is the shape that messages name.
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
		return failf(501, "input %q is %s, which JSON has no form for", b.input, typeName(b.dtype))
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

// finish is the tensor of all that was read.
func (b *builder) finish() (tensor, error) {
	b.path = b.path[:0]
	if b.want != nil && len(b.shape) != len(b.want) {
		return tensor{}, b.errorf("shape %s: want shape %s", shapeText(b.shape), b.wanted())
	}
	b.out.shape = b.shape
	return b.out, nil
}
