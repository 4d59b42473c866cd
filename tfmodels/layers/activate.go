package layers

import (
	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// Activate is an activation as a layer of its own, Keras's Activation.
type Activate struct {
	stateless
	Function Activation `json:"activation"`
}

// Kind is Keras's name.
func (Activate) Kind() string { return "Activation" }

// OutputShape is the input's.
func (Activate) OutputShape(inputs ...[]int) ([]int, error) { return single("Activation", inputs) }

// Build adds the function.
func (a Activate) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	return a.Function.apply(b, inputs[0])
}
