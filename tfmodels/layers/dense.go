package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Dense connects every input with every output: activation(x·kernel + bias),
// x [batch, inputs], kernel [inputs, units], bias [units].
type Dense struct {
	Units      int
	Activation Activation
}

// Kind is Keras's name.
func (Dense) Kind() string { return "Dense" }

// OutputShape is [units].
func (d Dense) OutputShape(input []int) ([]int, error) {
	if len(input) != 1 {
		return nil, fmt.Errorf("layers: Dense: input of shape %v: want [features]: put a Flatten before it", input)
	}
	if d.Units < 1 {
		return nil, fmt.Errorf("layers: Dense: %d units: want 1 or more", d.Units)
	}
	return []int{d.Units}, nil
}

// Weights are the kernel, glorot_uniform, and the bias, zeros.
func (d Dense) Weights(input []int) []graphs.Weight {
	return []graphs.Weight{
		{Name: "kernel", Shape: []int{input[0], d.Units}, Initializer: graphs.GlorotUniform},
		{Name: "bias", Shape: []int{d.Units}, Initializer: graphs.Zeros},
	}
}

// MultiplyAdds is the size of the kernel.
func (d Dense) MultiplyAdds(input []int) int { return input[0] * d.Units }

// Build adds the product, the bias and the activation.
func (d Dense) Build(b *graphs.Builder, name string, x tf.Output) tf.Output {
	product := op.MatMul(b.Scope("product"), x, b.Weight(name+"/kernel")) // [batch, units]
	return d.Activation.apply(b, b.AddBias(product, name+"/bias"))
}
