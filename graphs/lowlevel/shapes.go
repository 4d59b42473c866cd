package lowlevel

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// maps are feature maps as a batch, N x H x W x C, with the rank of the argument. N may
// be unknown.
type maps struct {
	tf.Output
	height, width, channels int64
	given                   []int64
}

// asMaps converts x, of rank 2, 3 or 4, to a batch.
func asMaps(s *op.Scope, where, name string, x tf.Output) (maps, error) {
	shape, err := x.Shape().ToSlice()
	m := maps{Output: x, given: shape}
	switch {
	case err != nil:
	case len(shape) == 2:
		m.height, m.width, m.channels = shape[0], shape[1], 1
	case len(shape) == 3:
		m.height, m.width, m.channels = shape[0], shape[1], shape[2]
	case len(shape) == 4:
		m.height, m.width, m.channels = shape[1], shape[2], shape[3]
	}
	if !positive([]int64{m.height, m.width, m.channels}) {
		return maps{}, fmt.Errorf("%s: got %s of %s: want HxW, HxWxC or NxHxWxC, each known and at least 1",
			where, name, shapeOf(x))
	}
	if len(shape) < 4 {
		m.Output = reshape(s, x, 1, m.height, m.width, m.channels)
	}
	return m, nil
}

// like converts a batch of maps to the rank of the argument m.
func (m maps) like(s *op.Scope, batch tf.Output) tf.Output {
	switch len(m.given) {
	case 2:
		return op.Squeeze(s.SubScope("Squeeze"), batch, op.SqueezeAxis([]int64{0, 3}))
	case 3:
		return op.Squeeze(s.SubScope("Squeeze"), batch, op.SqueezeAxis([]int64{0}))
	}
	return batch
}

// alike returns the shape that like gives maps of height x width.
func (m maps) alike(height, width int64) []int64 {
	if len(m.given) == 2 {
		return []int64{height, width}
	}
	return m.unbatched(height, width, m.channels)
}

// unbatch drops the batch axis if the argument m was one example.
func (m maps) unbatch(s *op.Scope, batch tf.Output) tf.Output {
	if len(m.given) == 4 {
		return batch
	}
	return op.Squeeze(s.SubScope("Squeeze"), batch, op.SqueezeAxis([]int64{0}))
}

// unbatched returns the shape that unbatch gives such maps.
func (m maps) unbatched(height, width, channels int64) []int64 {
	if len(m.given) == 4 {
		return []int64{m.given[0], height, width, channels}
	}
	return []int64{height, width, channels}
}

// argument is an output with its name in error messages.
type argument struct {
	name string
	tf.Output
}

// wantFloats checks that the arguments are all float32 or all float64.
func wantFloats(where string, arguments ...argument) error {
	for _, a := range arguments {
		if a.Op == nil {
			return fmt.Errorf("%s: %s is the zero Output: want the output of an operation", where, a.name)
		}
		if t := a.DataType(); t != tf.Float && t != tf.Double {
			return fmt.Errorf("%s: %s has TensorFlow's data type %d: want float32 (%d) or float64 (%d); cast it",
				where, a.name, t, tf.Float, tf.Double)
		}
		if first := arguments[0]; a.DataType() != first.DataType() {
			return fmt.Errorf("%s: %s and %s differ in type: want both float32 or both float64; cast one",
				where, first.name, a.name)
		}
	}
	return nil
}

// wantLike checks that x has the type and the shape of another argument.
func wantLike(where string, x, from argument) error {
	if err := wantFloats(where, from, x); err != nil {
		return err
	}
	shape, err := from.Shape().ToSlice()
	if err != nil {
		return fmt.Errorf("%s: got %s of %s: want a rank known when the graph is built", where, from.name, shapeOf(from.Output))
	}
	return wantShape(where, x, from, shape...)
}

// wantUpstream checks that the gradient with respect to a function's output has the
// input's type and the output's shape.
func wantUpstream(where string, upstream, input tf.Output, shape ...int64) error {
	g, x := argument{"upstream", upstream}, argument{"input", input}
	if err := wantFloats(where, x, g); err != nil {
		return err
	}
	return wantShape(where, g, x, shape...)
}

// wantShape checks that x has the shape that another argument requires. An extent of -1
// on either side is unknown and matches any.
func wantShape(where string, x, from argument, shape ...int64) error {
	got, err := x.Shape().ToSlice()
	fits := slices.EqualFunc(got, shape, func(a, b int64) bool { return a == b || a < 0 || b < 0 })
	if err != nil || !fits {
		return fmt.Errorf("%s: got %s of %s: want %s for %s of %s",
			where, x.name, shapeOf(x.Output), format(shape), from.name, shapeOf(from.Output))
	}
	return nil
}

// seal is deferred by every function of the package. It sets err if an operation could
// not be added: graft stores the error in the scope, with a stack trace, and tfgo
// panics with it.
func seal(where string, s *op.Scope, err *error) {
	broken := s.Err()
	if broken == nil {
		return // propagate panics that are not tfgo's
	}
	_ = recover()
	text, _, _ := strings.Cut(broken.Error(), " (Stacktrace:")
	*err = fmt.Errorf("%s: %w", where, errors.New(firstLine(text)))
}

// firstLine removes what TensorFlow appends to its messages about nodes.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func positive(shape []int64) bool {
	return !slices.ContainsFunc(shape, func(n int64) bool { return n < 1 })
}

// sizeOf returns the number of elements of a shape, or -1 if an extent is unknown.
func sizeOf(shape []int64) int64 {
	size := int64(1)
	for _, n := range shape {
		if n < 0 {
			return -1
		}
		size *= n
	}
	return size
}

// shapeOf formats an output's shape, such as 28x28x1.
func shapeOf(x tf.Output) string {
	shape, err := x.Shape().ToSlice()
	if err != nil {
		return "unknown rank"
	}
	return format(shape)
}

func format(shape []int64) string {
	text := make([]string, len(shape))
	for i, n := range shape {
		if text[i] = fmt.Sprint(n); n < 0 {
			text[i] = "?"
		}
	}
	switch len(shape) {
	case 0:
		return "rank 0"
	case 1:
		return "length " + text[0]
	}
	return strings.Join(text, "x")
}
