package layers

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Rectifier is Keras's layer ReLU with all its arguments: x at or above the threshold,
// limited to Max, and Slope*(x-Threshold) below it.
type Rectifier struct {
	stateless
	Max       float64 `json:"max_value"` // 0 means none
	Slope     float64 `json:"negative_slope"`
	Threshold float64 `json:"threshold"`
}

// Kind returns Keras's name.
func (Rectifier) Kind() string { return "ReLU" }

// OutputShape returns the input's shape.
func (Rectifier) OutputShape(inputs ...[]int) ([]int, error) { return single("ReLU", inputs) }

// Build adds the function with the formula of keras/src/activations/activations.py.
func (r Rectifier) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
	if r == (Rectifier{}) {
		return b.ReLU(x)
	}
	s := b.Scope("rectified")
	if b.Failed() {
		return x
	}
	var y tf.Output
	capped := r.Max == 6 && r.Threshold == 0
	switch {
	case capped: // as Keras does: one operation forward and one back
		y = op.Relu6(s, x)
	case r.Threshold == 0:
		y = op.Relu(s, x)
	default:
		passes := op.Cast(s.SubScope("mask"), op.Greater(s, x, constant(s, "threshold", r.Threshold, x)), x.DataType())
		y = op.Mul(s.SubScope("above"), x, passes)
	}
	if r.Max != 0 && !capped {
		y = op.Minimum(s, op.Relu(s.SubScope("positive"), y), constant(s, "max", r.Max, x))
	}
	if r.Slope != 0 {
		below := op.Relu(s.SubScope("below"), op.Sub(s.SubScope("below"), constant(s, "edge", r.Threshold, x), x))
		y = op.Sub(s, y, op.Mul(s.SubScope("slope"), below, constant(s, "slope", r.Slope, x)))
	}
	return y
}

// Leaky is Keras's layer LeakyReLU: x, or Slope*x below 0.
type Leaky struct {
	stateless
	Slope float64 `json:"negative_slope"`
}

// Kind returns Keras's name.
func (Leaky) Kind() string { return "LeakyReLU" }

// OutputShape returns the input's shape.
func (Leaky) OutputShape(inputs ...[]int) ([]int, error) { return single("LeakyReLU", inputs) }

// Build adds the function.
func (l Leaky) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	return op.LeakyRelu(b.Scope("leaky"), inputs[0], op.LeakyReluAlpha(float32(l.Slope)))
}
