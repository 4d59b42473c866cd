package layers

import (
	"cmp"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// Activate is an activation as a layer of its own, Keras's Activation.
type Activate struct {
	stateless
	Function Activation `json:"activation"`
	Class    string     `json:"class,omitempty"` // Keras's, where the function has one of its own: "ReLU", "Softmax"
}

// Kind is Keras's name.
func (a Activate) Kind() string { return cmp.Or(a.Class, "Activation") }

// OutputShape is the input's.
func (Activate) OutputShape(inputs ...[]int) ([]int, error) { return single("Activation", inputs) }

// Build adds the function.
func (a Activate) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	return a.Function.apply(b, inputs[0])
}
