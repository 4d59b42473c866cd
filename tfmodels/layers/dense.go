package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Dense connects every input to every output: activation(x·kernel + bias), x [batch,
// inputs], kernel [inputs, units], bias [units].
type Dense struct {
	Units      int        `json:"units"`
	NoBias     bool       `json:"no_bias"` // Keras's use_bias=False
	Activation Activation `json:"activation"`
}

// Kind returns Keras's name.
func (Dense) Kind() string { return "Dense" }

// OutputShape returns [units].
func (d Dense) OutputShape(inputs ...[]int) ([]int, error) {
	input, err := single("Dense", inputs)
	if err != nil {
		return nil, err
	}
	if len(input) != 1 {
		return nil, fmt.Errorf("layers: Dense: input of shape %v: want [features]; put a Flatten before it", input)
	}
	if d.Units < 1 {
		return nil, fmt.Errorf("layers: Dense: %d units: want 1 or more", d.Units)
	}
	return []int{d.Units}, nil
}

// Weights returns the kernel (glorot_uniform) and the bias (zeros).
func (d Dense) Weights(inputs ...[]int) []graphs.Weight {
	all := []graphs.Weight{{Name: "kernel", Shape: []int{inputs[0][0], d.Units}, Initializer: graphs.GlorotUniform}}
	if !d.NoBias {
		all = append(all, graphs.Weight{Name: "bias", Shape: []int{d.Units}, Initializer: graphs.Zeros})
	}
	return all
}

// MultiplyAdds returns the size of the kernel.
func (d Dense) MultiplyAdds(inputs ...[]int) int { return inputs[0][0] * d.Units }

// Build adds the product, the bias and the activation.
func (d Dense) Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output {
	product := op.MatMul(b.Scope("product"), inputs[0], b.Weight(name+"/kernel")) // [batch, units]
	if !d.NoBias {
		product = b.AddBias(product, name+"/bias")
	}
	return d.Activation.apply(b, product)
}
