package graphs

import (
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// Model is a classifier of images, described but not yet built.
type Model interface {
	// Name identifies the model in messages and files.
	Name() string
	// InputShape returns the height, width and channels of one image.
	InputShape() [3]int
	// Classes returns the number of classes.
	Classes() int
	// Weights returns the model's variables, in the model's order.
	Weights() []Weight
	// Logits adds the forward pass to the graph of b: x is float [batch, height, width,
	// channels] in the range 0 to 1, the result [batch, classes] before softmax.
	Logits(b *Builder, x tf.Output) tf.Output
}

// Weight describes one variable of a model. It is float32 in every precision.
type Weight struct {
	Name        string // Keras's name, such as "dense/kernel"
	Shape       []int
	Initializer Initializer
	Role        Role
	Regularizer Regularizer // of a trained weight; the zero value adds nothing to the loss
	Constraint  *Constraint // of a trained weight; nil: none
}

// Role says how a training step changes a variable.
type Role int

// The roles. The zero value is Trained.
const (
	Trained Role = iota // changed by the optimizer, with the gradient of the loss
	State               // changed by layers through Builder.Update, such as a moving average or a counter; else constant
)

// trained returns the variables that the optimizer changes.
func trained(weights []Weight) []Weight {
	return slices.DeleteFunc(slices.Clone(weights), func(w Weight) bool { return w.Role != Trained })
}

// Size returns the number of elements.
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
