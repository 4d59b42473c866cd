package layers

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Concatenate joins two or more inputs along an axis.
type Concatenate struct {
	stateless
	Axis int `json:"axis"` // counted with the batch as 0, or from the end with -1; 0 means Keras's -1
}

// Kind returns Keras's name.
func (Concatenate) Kind() string { return "Concatenate" }

// OutputShape returns the shape of each input, with the sum of the lengths along the
// axis.
func (c Concatenate) OutputShape(inputs ...[]int) ([]int, error) {
	if len(inputs) < 2 {
		return nil, fmt.Errorf("layers: Concatenate: %d inputs: want 2 or more", len(inputs))
	}
	axis := c.axis(len(inputs[0]))
	if axis < 0 || axis >= len(inputs[0]) {
		return nil, fmt.Errorf("layers: Concatenate: axis %d of inputs of shape %v: want an axis of an example", c.Axis, inputs[0])
	}
	shape := slices.Clone(inputs[0])
	for _, other := range inputs[1:] {
		if len(other) != len(shape) || !slices.Equal(other[:axis], shape[:axis]) || !slices.Equal(other[axis+1:], shape[axis+1:]) {
			return nil, fmt.Errorf("layers: Concatenate: inputs of shapes %v and %v: want equal shapes except along axis %d", inputs[0], other, axis+1)
		}
		shape[axis] += other[axis]
	}
	return shape, nil
}

// axis returns the axis within an example that has the given number of axes.
func (c Concatenate) axis(axes int) int {
	switch {
	case c.Axis == 0:
		return axes - 1
	case c.Axis < 0:
		return axes + c.Axis
	}
	return c.Axis - 1
}

// Build adds the concatenation.
func (c Concatenate) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s := b.Scope("joined")
	if b.Failed() {
		return inputs[0]
	}
	axis := 1 + c.axis(inputs[0].Shape().NumDimensions()-1)
	return op.ConcatV2(s, inputs, op.Const(s.SubScope("axis"), int32(axis)))
}
