package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

type adadelta struct {
	learningRate float64
	h            values
}

// Adadelta scales each step by the ratio of the running means of past steps and past
// gradients (Zeiler, 2012), with Keras's formulas:
//
//	ag = rho*ag + (1-rho)*g*g
//	d  = -sqrt(ad + epsilon) * g / sqrt(ag + epsilon)
//	ad = rho*ad + (1-rho)*d*d
//	w += lr * d
//
// with rho 0.95 and epsilon 1e-7. The default learning rate is 0.001 in Keras 3, and 1
// in Keras 2 and the paper.
func Adadelta(learningRate float64) Optimizer {
	return newAdadelta(learningRate, values{"rho": 0.95, "epsilon": 1e-7})
}

func newAdadelta(rate float64, h values) Optimizer { return adadelta{rate, h} }

func (a adadelta) Name() string          { return "adadelta" }
func (a adadelta) LearningRate() float64 { return a.learningRate }
func (a adadelta) Slots() []Slot         { return zeroSlots("accumulated_grad", "accumulated_delta_var") }

func (a adadelta) Hyperparameters() map[string]float64 {
	return a.h.of([]string{"rho", "epsilon"})
}

func (a adadelta) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("Adadelta")
	return op.ResourceApplyAdadelta(s, w.Variable, w.Slots[0], w.Slots[1], w.LearningRate,
		scalar(s, "rho", a.h["rho"]), scalar(s, "epsilon", a.h["epsilon"]), w.Gradient)
}
