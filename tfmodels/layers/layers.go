// Package layers has the layers of Keras that the networks are made of.
//
// A layer is a plain value, whose fields are the options of Keras's layer. It knows
// what it does to a shape, which weights it needs, and how to add itself to a graph.
// Shapes are those of one example, without the batch: [height, width, channels] or
// [features].
package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// Layer is one step of a network. Most layers take one input; those that merge,
// such as Add, take several.
type Layer interface {
	// Kind is the name of Keras's class: "Conv2D".
	Kind() string
	// OutputShape is the shape of the layer's output, or why it cannot take inputs
	// of these shapes.
	OutputShape(inputs ...[]int) ([]int, error)
	// Weights declares the layer's variables, named as in Keras: "kernel", "bias".
	// The inputs are such that OutputShape accepts them.
	Weights(inputs ...[]int) []graphs.Weight
	// MultiplyAdds counts the multiply-adds of one example's forward pass.
	MultiplyAdds(inputs ...[]int) int
	// Build adds the layer to the graph. The builder's weights are called
	// name/kernel and name/bias.
	Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output
}

// Random says whether a layer draws random numbers in training. In inference such a
// layer gives what it takes.
func Random(l Layer) bool {
	switch l.(type) {
	case Dropout, SpatialDropout2D, GaussianNoise, RandomFlip, RandomTranslation:
		return true
	}
	return false
}

// Size is a number of rows and of columns.
type Size [2]int

// Square is the size of n rows and n columns.
func Square(n int) Size { return Size{n, n} }

func (s Size) String() string { return fmt.Sprintf("%dx%d", s[0], s[1]) }

// or is the size, or another where the size is not set.
func (s Size) or(other Size) Size {
	if s == (Size{}) {
		return other
	}
	return s
}

// windows counts the places of a window that moves over an image of height x width
// by strides: those within the image, or with padding ceil(size/stride).
func (s Size) windows(height, width int, strides Size, same bool) (rows, columns int) {
	if same {
		return (height + strides[0] - 1) / strides[0], (width + strides[1] - 1) / strides[1]
	}
	return (height-s[0])/strides[0] + 1, (width-s[1])/strides[1] + 1
}

// stateless is what layers without weights have in common.
type stateless struct{}

func (stateless) Weights(...[]int) []graphs.Weight { return nil }
func (stateless) MultiplyAdds(...[]int) int        { return 0 }

func size(shape []int) int { return graphs.Weight{Shape: shape}.Size() }

// single checks that a layer that does not merge has one input, and returns it.
func single(kind string, inputs [][]int) ([]int, error) {
	if len(inputs) != 1 {
		return nil, fmt.Errorf("layers: %s: %d inputs: want 1", kind, len(inputs))
	}
	return inputs[0], nil
}

// image checks that a layer's input has height, width and channels.
func image(kind string, inputs [][]int) (height, width, channels int, err error) {
	input, err := single(kind, inputs)
	if err != nil {
		return 0, 0, 0, err
	}
	if len(input) != 3 {
		return 0, 0, 0, fmt.Errorf("layers: %s: input of shape %v: want [height width channels]", kind, input)
	}
	return input[0], input[1], input[2], nil
}
