package layers

import (
	"cmp"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// Activate is an activation as a separate layer: Keras's Activation.
type Activate struct {
	stateless
	Function Activation `json:"activation"`
	Class    string     `json:"class,omitempty"` // Keras's class, if the function has its own, such as "ReLU" or "Softmax"
}

// Kind returns Keras's name.
func (a Activate) Kind() string { return cmp.Or(a.Class, "Activation") }

// OutputShape returns the input's shape.
func (Activate) OutputShape(inputs ...[]int) ([]int, error) { return single("Activation", inputs) }

// Build adds the function.
func (a Activate) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	return a.Function.apply(b, inputs[0])
}
