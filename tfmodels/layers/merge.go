package layers

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Merge combines inputs of one shape element by element: Keras's Subtract (of two),
// Multiply, Average and Maximum (of two or more).
type Merge struct {
	stateless
	By string `json:"by"` // Keras's class
}

// Kind returns Keras's name.
func (m Merge) Kind() string { return m.By }

// OutputShape returns the shape of each input.
func (m Merge) OutputShape(inputs ...[]int) ([]int, error) {
	switch m.By {
	case "Subtract":
		if len(inputs) != 2 {
			return nil, fmt.Errorf("layers: Subtract: %d inputs: want 2", len(inputs))
		}
	case "Multiply", "Average", "Maximum":
		if len(inputs) < 2 {
			return nil, fmt.Errorf("layers: %s: %d inputs: want 2 or more", m.By, len(inputs))
		}
	default:
		return nil, fmt.Errorf("layers: merge by %q: want Subtract, Multiply, Average or Maximum", m.By)
	}
	for _, other := range inputs[1:] {
		if !slices.Equal(other, inputs[0]) {
			return nil, fmt.Errorf("layers: %s: inputs of shapes %v and %v: want one shape", m.By, inputs[0], other)
		}
	}
	return inputs[0], nil
}

// Build combines the first input with the others in order.
func (m Merge) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	y := inputs[0]
	for _, x := range inputs[1:] {
		s := b.Scope("merged")
		switch m.By {
		case "Subtract":
			y = op.Sub(s, y, x)
		case "Multiply":
			y = op.Mul(s, y, x)
		case "Maximum":
			y = op.Maximum(s, y, x)
		default:
			y = op.AddV2(s, y, x)
		}
	}
	if s := b.Scope("mean"); m.By == "Average" && !b.Failed() {
		y = op.Div(s, y, constant(s, "count", float64(len(inputs)), y))
	}
	return y
}
