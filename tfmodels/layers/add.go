package layers

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Add is the sum of two or more inputs of one shape.
type Add struct{ stateless }

// Kind returns Keras's name.
func (Add) Kind() string { return "Add" }

// OutputShape returns the shape of each input.
func (Add) OutputShape(inputs ...[]int) ([]int, error) {
	if len(inputs) < 2 {
		return nil, fmt.Errorf("layers: Add: %d inputs: want 2 or more", len(inputs))
	}
	for _, other := range inputs[1:] {
		if !slices.Equal(other, inputs[0]) {
			return nil, fmt.Errorf("layers: Add: inputs of shapes %v and %v: want one shape", inputs[0], other)
		}
	}
	return inputs[0], nil
}

// Build adds the sum, from the first input to the last.
func (Add) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	sum := inputs[0]
	for _, x := range inputs[1:] {
		sum = op.AddV2(b.Scope("sum"), sum, x)
	}
	return sum
}
