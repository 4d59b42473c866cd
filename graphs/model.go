package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
)

// Model is a classifier of images, described but not yet built.
type Model interface {
	// Name identifies the model in messages and files.
	Name() string
	// InputShape is height, width and channels of one image.
	InputShape() [3]int
	// Classes is the number of classes.
	Classes() int
	// Weights lists the trainable arrays, in the model's order.
	Weights() []Weight
	// Logits adds the forward pass to the graph of b: x is float [batch, height,
	// width, channels] in 0 to 1, the result [batch, classes] before softmax.
	Logits(b *Builder, x tf.Output) tf.Output
}

// Weight declares one trainable array of a model.
type Weight struct {
	Name        string // as Keras has it, "dense/kernel"
	Shape       []int
	Initializer Initializer
}

// Size is the number of elements.
func (w Weight) Size() int {
	n := 1
	for _, d := range w.Shape {
		n *= d
	}
	return n
}

// Examples are labelled images in memory.
type Examples interface {
	Len() int
	Shape() [3]int   // height, width, channels of one image
	Images() []byte  // row-major [examples, height, width, channels], 0 to 255
	Labels() []uint8 // the class of each example
}
