// Package layers has the layers of Keras that the lab's networks are made of.
//
// A layer is a plain value. It knows what it does to a shape, which weights it
// needs, and how to add itself to a graph. Shapes are those of one example,
// without the batch: [height, width, channels] or [features].
package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Layer is one step of a sequential network.
type Layer interface {
	// Kind is the name of Keras's class: "Conv2D".
	Kind() string
	// OutputShape is the shape of the layer's output, or why it cannot take an
	// input of this shape.
	OutputShape(input []int) ([]int, error)
	// Weights declares the layer's weights, named "kernel" and "bias".
	Weights(input []int) []graphs.Weight
	// MultiplyAdds counts the multiply-adds of one example's forward pass.
	MultiplyAdds(input []int) int
	// Build adds the layer to the graph. The builder's weights are called
	// name/kernel and name/bias.
	Build(b *graphs.Builder, name string, x tf.Output) tf.Output
}

// Activation is a function applied to each element, or to the last axis.
type Activation string

// The activations, by Keras's names. The zero value is Linear.
const (
	Linear  Activation = "linear"
	ReLU    Activation = "relu"
	Softmax Activation = "softmax"
)

func (a Activation) apply(b *graphs.Builder, x tf.Output) tf.Output {
	switch a {
	case "", Linear:
		return x
	case ReLU:
		return b.ReLU(x)
	case Softmax:
		return op.Softmax(b.Scope("softmax"), x)
	}
	b.Fail(fmt.Errorf("unknown activation %q: want linear, relu or softmax", string(a)))
	return x
}

// stateless is what layers without weights have in common.
type stateless struct{}

func (stateless) Weights([]int) []graphs.Weight { return nil }
func (stateless) MultiplyAdds([]int) int        { return 0 }

func size(shape []int) int { return graphs.Weight{Shape: shape}.Size() }

// image checks that a layer's input has height, width and channels.
func image(kind string, input []int) (height, width, channels int, err error) {
	if len(input) != 3 {
		return 0, 0, 0, fmt.Errorf("layers: %s: input of shape %v: want [height width channels]", kind, input)
	}
	return input[0], input[1], input[2], nil
}
