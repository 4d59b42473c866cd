// Package layers implements the Keras layers from which the networks are built.
//
// A layer is a plain value whose fields are the options of Keras's layer. Its methods
// compute its output shape, declare its weights, and add it to a graph. Shapes are
// those of one example, without the batch: [height, width, channels] or [features].
package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// Layer is one step of a network. Most layers have one input; merging layers, such as
// Add, have several.
type Layer interface {
	// Kind returns the name of Keras's class, such as "Conv2D".
	Kind() string
	// OutputShape returns the shape of the layer's output, or an error if the input
	// shapes are invalid.
	OutputShape(inputs ...[]int) ([]int, error)
	// Weights returns the layer's variables, with Keras's names, such as "kernel" and
	// "bias". The inputs must be valid for OutputShape.
	Weights(inputs ...[]int) []graphs.Weight
	// MultiplyAdds returns the number of multiply-adds in the forward pass of one
	// example.
	MultiplyAdds(inputs ...[]int) int
	// Build adds the layer to the graph. The builder's weights are named name/kernel
	// and name/bias.
	Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output
}

// Random reports whether a layer draws random numbers in training. In inference such a
// layer returns its input.
func Random(l Layer) bool {
	switch l.(type) {
	case Dropout, SpatialDropout2D, GaussianNoise, RandomFlip, RandomTranslation:
		return true
	}
	return false
}

// Size is a number of rows and of columns.
type Size [2]int

// Square returns the size of n rows and n columns.
func Square(n int) Size { return Size{n, n} }

func (s Size) String() string { return fmt.Sprintf("%dx%d", s[0], s[1]) }

// or returns s if it is set, and other otherwise.
func (s Size) or(other Size) Size {
	if s == (Size{}) {
		return other
	}
	return s
}

// windows returns the number of positions of a window that moves over an image of
// height x width by strides: those within the image or, with padding,
// ceil(size/stride).
func (s Size) windows(height, width int, strides Size, same bool) (rows, columns int) {
	if same {
		return (height + strides[0] - 1) / strides[0], (width + strides[1] - 1) / strides[1]
	}
	return (height-s[0])/strides[0] + 1, (width-s[1])/strides[1] + 1
}

// stateless implements the methods of layers without weights.
type stateless struct{}

func (stateless) Weights(...[]int) []graphs.Weight { return nil }
func (stateless) MultiplyAdds(...[]int) int        { return 0 }

func size(shape []int) int { return graphs.Weight{Shape: shape}.Size() }

// single checks that a layer that does not merge has one input, and returns its shape.
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
